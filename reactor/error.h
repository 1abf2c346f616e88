// Errc: the errors that eddy itself names. Everything else that on_close or an exception carries is the operating
// system's own code (std::system_category). `std::error_code{}` means a clean end.
#pragma once

#include <string>
#include <system_error>

namespace eddy {

enum class Errc {
  aborted = 1,        // abort(), or close() while still connecting
  connect_timeout,    // not connected when the connect deadline came
  idle_timeout,       // no byte either way for ConnectionOptions::idle_timeout
  write_stalled,      // the peer took nothing for ConnectionOptions::write_stall_timeout
  lifetime_ended,     // ConnectionOptions::max_lifetime
  drain_deadline,     // still open when drain's deadline came
  input_limit,        // more unconsumed input than ConnectionOptions::input_limit
  output_limit,       // the output cap, with AtCap::close
  callback_threw,     // an exception left a callback
  consumed_too_much,  // on_data answered more than it was given
  loop_gone,          // the Loop was destroyed
  message_too_long,   // a codec's limit
  malformed_message,  // bytes that a codec cannot read
  bad_address,        // an address text that cannot be read
  not_a_socket,       // the path of a Unix address exists and is something else, which is left alone
  released,           // the socket was given away (Connection::release)
  datagram_too_long,  // one that arrived was longer than 64 KiB, and was dropped
  output_cut,         // close() gave up on a peer that had not acknowledged all: the rest may never arrive
};

const std::error_category& error_category() noexcept;

inline std::error_code make_error_code(Errc code) noexcept { return {static_cast<int>(code), error_category()}; }

}  // namespace eddy

template <>
struct std::is_error_code_enum<eddy::Errc> : std::true_type {};
