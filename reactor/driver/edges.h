// Edges: a Poller as ReadinessDriver sees it for streams and datagram sockets. A direction is reported once when it
// becomes ready, and again only after a call in it fell short and expect() said so.
//
// An edge-triggered poller does that by itself. With a level-triggered one a direction is taken out of the interest
// when it was reported and is not expected again by the next wait; what cannot be taken out, a hang-up, takes the
// socket out of the poller. In steady traffic a direction is expected again at once, and nothing is changed.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <system_error>

#include "reactor/driver/poller.h"
#include "reactor/driver/slot_table.h"

namespace eddy::driver {

class Edges {
 public:
  static constexpr std::size_t most_events = 256;

  Edges(std::unique_ptr<Poller> poller, SlotTable& endpoints);

  // For acceptors and foreign descriptors, which are level-triggered everywhere.
  Poller& levels() { return *poller_; }
  const Poller& levels() const { return *poller_; }

  // Registers the endpoint's socket. With a level-triggered poller the directions that are not `expected` count as
  // reported.
  std::error_code add(Endpoint& endpoint, NativeSocket socket, Interests expected);
  // A call in that direction fell short: report when it is ready.
  std::error_code expect(Endpoint& endpoint, Interests direction) {
    return edges_ ? std::error_code() : expect_level(endpoint, direction);
  }
  // The direction is of no interest for now.
  void disregard(Endpoint& endpoint, Interests direction) {
    if (!edges_) disregard_level(endpoint, direction);
  }

  // In a forked child: gives the poller, which was restarted, what it had of this endpoint.
  std::error_code add_again(const Endpoint& endpoint);

  // Poller::wait.
  std::span<const PollEvent> wait(Duration timeout);

 private:
  std::error_code expect_level(Endpoint& endpoint, Interests direction);
  void disregard_level(Endpoint& endpoint, Interests direction);
  std::error_code update(Endpoint& endpoint);
  void withdraw_reported();
  void note_reported(const PollEvent& event);

  const std::unique_ptr<Poller> poller_;
  SlotTable& endpoints_;
  const bool edges_;
  std::array<PollEvent, most_events> events_;
  std::array<Id, most_events> reported_;  // by the last wait of a level-triggered poller
  std::size_t reported_count_ = 0;
};

}  // namespace eddy::driver
