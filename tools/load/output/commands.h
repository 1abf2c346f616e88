// The subcommands that work with reports of earlier runs: merge, compare and html.
#pragma once

#include <apps/cli/program.h>

#include <optional>
#include <string>
#include <vector>

namespace load {

class ReportCommands {
 public:
  // Adds them. It has to outlive the parsing.
  explicit ReportCommands(CLI::App& app);

  // Does what the command line asked for; the exit status, or nothing when it asked for none of them.
  std::optional<int> run() const;

 private:
  int merge() const;
  int compare() const;
  int html() const;

  std::vector<std::string> files_;
  std::string json_;
  std::string page_;
  std::vector<std::string> conditions_;
  const CLI::App* merge_;
  const CLI::App* compare_;
  const CLI::App* html_;
};

}  // namespace load
