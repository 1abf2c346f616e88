// The command line: memcached's letters where they mean the same.
#pragma once

#include <apps/cli/host_options.h>

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "settings.h"

namespace cache {

struct CommandLine {
  std::string driver;
  std::size_t threads = 4;
  int verbosity = 0;
  std::optional<std::string> pid_file;
  Settings settings;
  cli::HostOptions hosts{.clients_per_host = 256};

  // Where to serve
  std::vector<std::string> urls;
  std::vector<std::string> interfaces;  // -l
  std::optional<std::uint16_t> port;    // -p
  std::uint16_t udp_port = 0;           // -U; 0 for none
  std::string unix_path;                // -s

  // All of them as URLs. Throws cli::UsageError.
  std::vector<std::string> addresses() const;
};

// Declares the options, which write to `line`.
void declare(CLI::App& app, CommandLine& line);

}  // namespace cache
