// TargetServer: the server that is attacked, with what of it has to be seen to: that it is there, its memory, its end.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "child.h"
#include "findings.h"
#include "options.h"
#include "random.h"
#include "witness.h"

namespace attack {

class TargetServer {
 public:
  // Starts it, or takes the addresses that it is given. Throws std::runtime_error when it does not get ready.
  TargetServer(const Options& options, std::filesystem::path folder, Findings& findings);

  const std::vector<Target>& targets() const { return targets_; }
  bool has_processes() const { return !processes_.empty(); }
  // All processes are there; a finding when one is not.
  bool check_running();
  // Of eddy-chat: another configuration, good or not, and SIGHUP.
  bool rehash(Random& random);
  std::uint64_t resident_bytes() const;

  void terminate() const;
  bool all_ended();
  // How they ended, and what they wrote.
  void check_ends();

 private:
  void start(const std::vector<std::string>& arguments, std::size_t addresses, const std::string& service);
  void start_chat();
  void start_cache();
  void start_echo();
  std::string unix_path(const std::string& name) const { return (folder_ / name).string(); }
  void write_configuration(std::size_t variant) const;

  const Options& options_;
  std::filesystem::path folder_;
  Findings& findings_;
  std::string operator_line_;  // of the configuration of eddy-chat
  std::vector<std::unique_ptr<Child>> processes_;
  std::vector<Target> targets_;
};

}  // namespace attack
