// --clients-per-host and --unlimited: how many connections of a server each host may have.
#pragma once

#include <reactor/address_prefix.h>
#include <reactor/host_limit.h>

#include <CLI/CLI.hpp>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace cli {

struct HostOptions {
  std::size_t clients_per_host;
  std::vector<eddy::AddressPrefix> unlimited = parse_networks("127.0.0.0/8 ::1");

  // For all listeners of the program together.
  std::shared_ptr<eddy::HostLimit> limit() const;

  // Networks with spaces or commas between them, or "none". Throws std::invalid_argument with what was expected.
  static std::vector<eddy::AddressPrefix> parse_networks(std::string_view text);
};

void add_host_options(CLI::App& app, HostOptions& options);

}  // namespace cli
