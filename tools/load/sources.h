// The local addresses that connections come from. Between one source address and one server there are only as many
// connections as there are local ports; each further source address gives as many again.
#pragma once

#include <reactor/options.h>

#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace load {

// "127.0.0.2", "127.0.0.2-127.0.0.9" (IPv4, last part or more), "::1", or several of them with commas between. Throws
// std::invalid_argument that says what was expected.
std::vector<std::string> parse_sources(std::string_view text);

// "40000-40099"; likewise.
eddy::PortRange parse_port_range(std::string_view text);

// The system's own range of local ports, for sockets that name none.
eddy::PortRange ephemeral_ports();

inline std::size_t size_of(eddy::PortRange range) { return std::size_t{range.last} - range.first + 1; }

// As an address to bind: "tcp://127.0.0.2:0".
std::string source_url(std::string_view scheme, const std::string& source);

// Why a connection could not be made, in words. All ways in which the system says that local ports have run out give
// the same text, which names the remedy; anything else is `otherwise`.
std::string connect_failure(std::error_code why, const std::string& otherwise);

}  // namespace load
