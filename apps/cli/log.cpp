#include "apps/cli/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <reactor/address.h>
#include <reactor/connection.h>

#include <chrono>

#include "apps/cli/to_stderr.h"

namespace cli {

void Log::write(LogLevel level, std::string_view text) const {
  if (level > level_) return;
  static constexpr std::string_view names[] = {"off", "error", "info", "debug"};
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  to_stderr(fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z {:<5} {}\n",
                        fmt::gmtime(std::chrono::system_clock::to_time_t(now)), now.time_since_epoch().count() % 1000,
                        names[static_cast<int>(level)], text));
}

void Log::opened(const eddy::Connection& connection) {
  if (level_ < LogLevel::debug) return;
  write(LogLevel::debug, fmt::format("opened {} from {}", connection.id().slot, connection.peer_address().to_string()));
}

void Log::closed(const eddy::Connection& connection, std::error_code why) {
  if (level_ < LogLevel::debug) return;
  write(LogLevel::debug, fmt::format("closed {} after {} bytes in, {} out: {}", connection.id().slot,
                                     connection.bytes_in(), connection.bytes_out(), why ? why.message() : "clean"));
}

void Log::refused(const eddy::Address& listener) {
  write(LogLevel::info, fmt::format("{}: refused a connection: --max-connections are open", listener.to_string()));
}

void Log::accept_failed(const eddy::Address& listener, std::error_code why, bool shed) {
  write(LogLevel::error, fmt::format("{}: accept: {}{}", listener.to_string(), why.message(),
                                     shed ? "; one waiting connection was closed" : ""));
}

void Log::datagram_failed(const eddy::Address& socket, std::error_code why) {
  write(LogLevel::debug, fmt::format("{}: datagram: {}", socket.to_string(), why.message()));
}

void Log::exception(std::string_view what) {
  write(LogLevel::error, fmt::format("an exception left a callback: {}", what));
}

}  // namespace cli
