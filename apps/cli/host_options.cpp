#include "apps/cli/host_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <system_error>

#include "apps/cli/program.h"
#include "apps/cli/quantity.h"

namespace cli {

std::shared_ptr<eddy::HostLimit> HostOptions::limit() const {
  return eddy::HostLimit::make({.connections = clients_per_host, .exempt = unlimited});
}

std::vector<eddy::AddressPrefix> HostOptions::parse_networks(std::string_view text) {
  std::vector<eddy::AddressPrefix> networks;
  if (text == "none") return networks;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" ,"), text.size()));
    if (text.empty()) break;
    const auto word = text.substr(0, text.find_first_of(" ,"));
    text.remove_prefix(word.size());
    try {
      networks.push_back(eddy::AddressPrefix::parse(word));
    } catch (const std::system_error& error) {
      throw std::invalid_argument(std::string("expected networks such as 10.0.0.0/8 and ::1, or none: ") +
                                  error.what());
    }
  }
  if (networks.empty()) throw std::invalid_argument("expected networks such as 10.0.0.0/8 and ::1, or none");
  return networks;
}

void add_host_options(CLI::App& app, HostOptions& options) {
  add_quantity(app, "--clients-per-host", options.clients_per_host, &parse_count,
               fmt::format("Connections of one host (an IPv4 address, a /64 of IPv6) at all addresses\n"
                           "together; more are closed at once [{}]",
                           options.clients_per_host))
      ->type_name("N");
  add_quantity(app, "--unlimited", options.unlimited, &HostOptions::parse_networks,
               "Hosts that may have any number of them, with commas between; or none\n[127.0.0.0/8,::1: this machine]")
      ->type_name("NETWORKS");
}

}  // namespace cli
