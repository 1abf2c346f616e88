// The subcommands plan, which writes a plan, and run, which runs a shard of one.
#pragma once

#include <apps/cli/program.h>

#include <string>
#include <vector>

#include "settings.h"

namespace load {

class PlanCommands {
 public:
  // Adds them. It has to outlive the parsing.
  explicit PlanCommands(CLI::App& app);

  bool plans() const { return plan_->parsed(); }
  bool runs() const { return run_->parsed(); }

  // Writes the plan that the command line asked for, and says how to run it; the exit status.
  int write() const;

  // The run that the command line asked for: the plan's, with what is said of this shard.
  Settings settings() const;

 private:
  std::string file_;
  Settings own_;  // what `run` was told, and nothing else
  const CLI::App* plan_;
  const CLI::App* run_;
};

}  // namespace load
