#include "apps/cli/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <reactor/address.h>
#include <reactor/connection.h>

#include <chrono>

#include "apps/cli/printable.h"
#include "apps/cli/process.h"
#include "apps/cli/to_stderr.h"

namespace cli {

namespace {

// With the rest of a line, less than what a pipe that is not full takes at once (4096, PIPE_BUF).
constexpr std::size_t longest_text = 3500;

}  // namespace

void Log::write(LogLevel level, std::string_view text) const {
  if (level > this->level()) return;
  static constexpr std::string_view names[] = {"off", "error", "info", "debug"};
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto time = fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                                now.time_since_epoch().count() % 1000);
  auto line = fmt::format("{} {:<5} {}\n", time, names[static_cast<int>(level)],
                          printable(text.substr(0, longest_text)).substr(0, longest_text));
  const std::lock_guard lock(mutex_);  // nobody else fills it between the look and the write
  if (stderr_is_full()) {
    ++dropped_;
    return;
  }
  if (dropped_ > 0) line.insert(0, fmt::format("{} error {} lines were dropped: stderr was full\n", time, dropped_));
  dropped_ = 0;
  to_stderr(line);
}

void Log::opened(const eddy::Connection& connection) {
  if (level() < LogLevel::debug) return;
  write(LogLevel::debug, fmt::format("opened {} from {}", connection.id().slot, connection.peer_address().to_string()));
}

void Log::closed(const eddy::Connection& connection, std::error_code why) {
  if (level() < LogLevel::debug) return;
  write(LogLevel::debug, fmt::format("closed {} after {} bytes in, {} out: {}", connection.id().slot,
                                     connection.bytes_in(), connection.bytes_out(), why ? why.message() : "clean"));
}

void Log::refused(const eddy::Address& listener) {
  write(LogLevel::info, fmt::format("{}: refused a connection: {} are open", listener.to_string(), limit_));
}

void Log::accept_failed(const eddy::Address& listener, std::error_code why, bool shed) {
  write(LogLevel::error, fmt::format("{}: accept: {}{}", listener.to_string(), why.message(),
                                     shed ? "; one waiting connection was closed" : ""));
}

void Log::datagram_failed(const eddy::Address& socket, std::error_code why) {
  write(LogLevel::debug, fmt::format("{}: datagram: {}", socket.to_string(), why.message()));
}

void Log::wait_failed(std::error_code why) {
  write(LogLevel::error,
        fmt::format("the system has no memory for the loop's wait: {}; it is tried again", why.message()));
}

void Log::exception(std::string_view what) {
  write(LogLevel::error, fmt::format("an exception left a callback: {}", what));
}

void warn_of_forged_senders(const Log& log, const eddy::Address& served, std::string_view what_happens) {
  if (served.is_stream() || !served.is_ip() || served.is_loopback()) return;
  log.write(LogLevel::error, fmt::format("{}: datagrams with a forged sender {}, which goes to somebody else: let only "
                                         "networks reach it where every sender is known",
                                         served.to_string(), what_happens));
}

}  // namespace cli
