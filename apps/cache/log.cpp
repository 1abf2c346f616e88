#include "log.h"

#include <apps/cli/to_stderr.h>
#include <fmt/format.h>
#include <reactor/address.h>
#include <reactor/connection.h>

#include <algorithm>
#include <string>

namespace cache {
namespace {

// Keys may hold what a terminal takes for orders.
std::string printable(std::string_view text) {
  std::string result(text);
  std::replace_if(
      result.begin(), result.end(),
      [](char letter) { return static_cast<unsigned char>(letter) < ' ' || letter == 127; }, '?');
  return result;
}

}  // namespace

void Log::opened(const eddy::Connection& connection) {
  if (level() < 1) return;
  cli::to_stderr(fmt::format("{} opened from {}\n", connection.id().slot, connection.peer_address().to_string()));
}

void Log::closed(const eddy::Connection& connection, std::error_code why) {
  if (level() < 1) return;
  cli::to_stderr(fmt::format("{} closed after {} bytes in, {} out: {}\n", connection.id().slot, connection.bytes_in(),
                             connection.bytes_out(), why ? why.message() : "clean"));
}

void Log::refused(const eddy::Address& listener) {
  if (level() < 1) return;
  cli::to_stderr(fmt::format("{}: refused a connection: as many are open as -c allows\n", listener.to_string()));
}

void Log::accept_failed(const eddy::Address& listener, std::error_code why, bool shed) {
  cli::to_stderr(fmt::format("{}: accept: {}{}\n", listener.to_string(), why.message(),
                             shed ? "; one waiting connection was closed" : ""));
}

void Log::datagram_failed(const eddy::Address& socket, std::error_code why) {
  if (level() < 1) return;
  cli::to_stderr(fmt::format("{}: datagram: {}\n", socket.to_string(), why.message()));
}

void Log::exception(std::string_view what) { cli::to_stderr(fmt::format("an exception left a callback: {}\n", what)); }

void Log::command(eddy::Id connection, const eddy::memcache::Command& command) const {
  using eddy::memcache::Verb;
  if (level() < 2) return;
  const auto text = command.verb == Verb::error ? command.error : eddy::memcache::name_of(command.verb);
  const bool has_key = command.verb != Verb::error && eddy::memcache::has_key(command.verb);
  cli::to_stderr(fmt::format("{} {}{}{}\n", connection.slot, text, has_key ? " " : "",
                             has_key ? printable(command.key) : std::string()));
}

}  // namespace cache
