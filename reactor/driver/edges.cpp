#include "reactor/driver/edges.h"

#include <utility>

namespace eddy::driver {
namespace {

constexpr Interests both = want_read | want_write;

// In Endpoint::armed, beside the interests that a level-triggered poller has.
constexpr std::uint8_t registered = 64;
constexpr std::uint8_t hung_up = 128;  // as the last event said

}  // namespace

Edges::Edges(std::unique_ptr<Poller> poller, SlotTable& endpoints)
    : poller_(std::move(poller)), endpoints_(endpoints), edges_(poller_->edge_triggered()) {}

std::error_code Edges::add(Endpoint& endpoint, NativeSocket socket, Interests expected) {
  const Interests interests = edges_ ? both | want_edge : expected;
  if (const auto error = poller_->add(socket, endpoint.id.token(), interests)) return error;
  endpoint.armed = static_cast<std::uint8_t>(expected | registered);
  endpoint.expected = expected;
  return {};
}

std::error_code Edges::add_again(const Endpoint& endpoint) {
  if ((endpoint.armed & registered) == 0) return {};
  const auto armed = static_cast<Interests>(endpoint.armed & both);
  return poller_->add(endpoint.socket, endpoint.id.token(), edges_ ? both | want_edge : armed);
}

std::error_code Edges::expect_level(Endpoint& endpoint, Interests direction) {
  endpoint.expected |= direction;
  return (endpoint.armed & direction) == direction ? std::error_code() : update(endpoint);
}

void Edges::disregard_level(Endpoint& endpoint, Interests direction) {
  endpoint.expected = without(endpoint.expected, direction);
  if ((endpoint.armed & registered) != 0) static_cast<void>(update(endpoint));  // modify cannot fail
}

// Gives the poller the interest in what is expected.
std::error_code Edges::update(Endpoint& endpoint) {
  if ((endpoint.armed & registered) != 0) {
    poller_->modify(endpoint.socket, endpoint.id.token(), endpoint.expected);
  } else if (const auto error = poller_->add(endpoint.socket, endpoint.id.token(), endpoint.expected)) {
    return error;
  }
  endpoint.armed = endpoint.expected | registered;
  return {};
}

void Edges::withdraw_reported() {
  for (std::size_t i = 0; i < reported_count_; ++i) {
    auto* endpoint = endpoints_.find(reported_[i]);
    if (endpoint == nullptr || (endpoint->armed & registered) == 0) continue;
    if (endpoint->expected == 0 && (endpoint->armed & hung_up) != 0) {
      poller_->remove(endpoint->socket);
      endpoint->armed = 0;
    } else if (endpoint->expected != (endpoint->armed & both)) {
      static_cast<void>(update(*endpoint));  // it is registered: modify cannot fail
    }
  }
  reported_count_ = 0;
}

void Edges::note_reported(const PollEvent& event) {
  const auto id = Id::from_token(event.token);
  auto* endpoint = endpoints_.find(id);
  if (endpoint == nullptr || (endpoint->kind != Kind::stream && endpoint->kind != Kind::datagrams)) return;
  // An error of a datagram socket is told by reading, and the socket lives on: it may still wait to become writable.
  const bool dead = endpoint->kind == Kind::stream && (event.error || event.hangup);
  const bool reads = event.read || event.end || event.error || event.hangup;
  const bool writes = event.write || dead;
  endpoint->expected = without(endpoint->expected, (reads ? want_read : 0U) | (writes ? want_write : 0U));
  endpoint->armed = dead ? endpoint->armed | hung_up : without(endpoint->armed, hung_up);
  reported_[reported_count_++] = id;
}

std::span<const PollEvent> Edges::wait(Duration timeout) {
  withdraw_reported();
  const auto count = poller_->wait(events_, timeout);
  const std::span<const PollEvent> events(events_.data(), count);
  if (!edges_) {
    for (const auto& event : events) note_reported(event);
  }
  return events;
}

}  // namespace eddy::driver
