#include "reactor/driver/accept_failure.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "reactor/driver/socket_calls.h"

namespace eddy::driver {
namespace {

constexpr int most_lost_in_a_row = 64;

// accept(2): Linux gives the errors of the new connection, which is gone, as those of the call. The last two have no
// name in std::errc.
bool is_about_the_connection(std::error_code error) {
  constexpr std::array about_it{
      std::errc::connection_aborted,      std::errc::connection_reset, std::errc::protocol_error,
      std::errc::no_protocol_option,      std::errc::timed_out,        std::errc::host_unreachable,
      std::errc::operation_not_supported, std::errc::network_down,     std::errc::network_unreachable,
  };
  if (std::any_of(about_it.begin(), about_it.end(), [=](std::errc each) { return error == each; })) return true;
#ifdef EHOSTDOWN
  if (error == std::error_code(EHOSTDOWN, std::system_category())) return true;
#endif
#ifdef ENONET
  if (error == std::error_code(ENONET, std::system_category())) return true;
#endif
  return false;
}

}  // namespace

AcceptFailure accept_failure(Acceptor& acceptor, std::error_code error) {
  if (would_block(error) || error == std::errc::interrupted || error == std::errc::operation_canceled) {
    acceptor.lost_in_a_row = 0;
    return AcceptFailure::nobody_waits;
  }
  if (is_about_the_connection(error) && ++acceptor.lost_in_a_row < most_lost_in_a_row) {
    return AcceptFailure::one_is_gone;
  }
  acceptor.lost_in_a_row = 0;
  return AcceptFailure::lasting;
}

}  // namespace eddy::driver
