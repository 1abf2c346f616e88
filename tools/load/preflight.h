// Preflight: whether this process can have all the connections that were asked for, found out before anything is sent.
//
//   ports        of TCP and UDP: source addresses x servers x local ports is how many connections there can be at once
//                (for UDP without the servers: its sockets are bound before they know them)
//   descriptors  one each, of what the hard limit leaves beside this program's own; two where connections are renewed,
//                since the old one lingers until the server has closed its side, too
//   memory       some 20 KiB each, of this program's and of the system's
#pragma once

#include <reactor/address.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "settings.h"

namespace load {

// What there is. Made up in tests.
struct Capacity {
  std::size_t ports = 0;  // of one source address
  std::size_t sockets = 0;
  std::optional<std::uint64_t> memory = {};  // bytes; unset where the system does not say
};
Capacity capacity_of_this_machine(const Settings& settings);

// Throws cli::UsageError with one line that names everything that is short, and what to change.
void preflight(const Settings& settings, const std::vector<eddy::Address>& targets, const Capacity& capacity);

}  // namespace load
