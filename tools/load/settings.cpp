#include "settings.h"

#include <apps/cli/program.h>
#include <fmt/format.h>
#include <reactor/loop.h>

#include <algorithm>
#include <cmath>

#include "load_shape.h"
#include "output/output_options.h"

namespace load {
namespace {

void check_size(const Settings& settings, eddy::Transport transport) {
  const auto expect = [&](std::size_t least, std::size_t most, std::string_view of) {
    if (settings.size >= least && settings.size <= most) return;
    throw cli::UsageError(fmt::format("--size {}: expected {} to {} bytes for {}", settings.size, least, most, of));
  };
  switch (transport) {
    case eddy::Transport::tcp:
    case eddy::Transport::unix_stream: return expect(1, largest_message, "a message on a stream");
    case eddy::Transport::udp:
      return expect(datagram_header, largest_udp_payload, "a UDP datagram, 16 of which are its sequence header");
    case eddy::Transport::unix_datagram:
      return expect(datagram_header, largest_unix_datagram, "a Unix datagram, 16 of which are its sequence header");
  }
}

// What only its protocol can say.
void check_protocol(const Settings& settings, const eddy::Address& target) {
  if (settings.protocol == Protocol::echo) return check_size(settings, target.transport());
  if (!target.is_stream()) throw cli::UsageError(settings.url + ": expected tcp://HOST:PORT or unix:PATH");
  switch (settings.protocol) {
    case Protocol::echo: break;
    case Protocol::line: return check(settings.line);
    case Protocol::frames: return check(settings.frames, settings.size);
    case Protocol::cache: return check(settings.cache);
    case Protocol::http: return check(settings.http);
  }
}

}  // namespace

std::vector<eddy::Address> check_target(const std::string& url) {
  auto targets = eddy::Address::resolve(url);
  const auto& target = targets.front();
  if (target.is_ip() && target.port() == 0) throw cli::UsageError(url + ": expected the server's port, 1 to 65535");
  if (target.is_unnamed()) throw cli::UsageError(url + ": expected the server's path, or @ and its name");
  if (target.both_families()) throw cli::UsageError(url + ": expected the server's host, not *");
  return targets;
}

void check_driver(const std::string& name) {
  const auto known = eddy::driver_names();
  if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) return;
  throw cli::UsageError(fmt::format("--driver {}: expected {}", name, fmt::join(known, " or ")));
}

std::vector<eddy::Address> check(const Settings& settings) {
  auto targets = check_target(settings.url);
  const auto& target = targets.front();
  if (settings.connections == 0) throw cli::UsageError("--connections 0: expected 1 or more");
  if (settings.rate && !(std::isfinite(*settings.rate) && *settings.rate > 0)) {
    throw cli::UsageError(fmt::format("--rate {}: expected more than 0 messages per second", *settings.rate));
  }
  if (settings.duration <= eddy::Duration::zero()) throw cli::UsageError("--duration 0: expected more than 0");
  if (settings.timeout_or_default(false) <= eddy::Duration::zero()) {
    throw cli::UsageError("--timeout 0: expected more than 0");
  }
  if (settings.connect_timeout <= eddy::Duration::zero()) {
    throw cli::UsageError("--connect-timeout 0: expected more than 0");
  }
  if (settings.allow_loss && target.is_stream()) {
    throw cli::UsageError("--allow-loss: expected a datagram URL; a stream that loses something is broken");
  }
  check_shape(settings, targets);
  check_protocol(settings, target);
  check_driver(settings.driver);
  check_outputs(settings);
  return targets;
}

}  // namespace load
