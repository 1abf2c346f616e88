#include "apps/chat/hosts.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "apps/chat/client.h"

namespace chat {
namespace {

using namespace std::chrono_literals;

// Of a host: what it may use at once, and of all time one part in so many.
constexpr eddy::Duration at_once = 500us;
constexpr int one_part_in = 20;
// Of one turn of the loop, for all; then for what was put off, and of that for one client before the next one.
constexpr eddy::Duration share_of_turn = 500us;
constexpr eddy::Duration share_of_waiting = 250us;
constexpr eddy::Duration share_of_client = 125us;
constexpr eddy::Duration cheap = 50us;  // as what most commands cost
constexpr eddy::Duration longest_debt = 2s;
// About what it costs to write to a connection, the system's part included.
constexpr eddy::Duration cost_of_write = 8us;
constexpr std::size_t warnings_per_minute = 10;
// How many hosts are remembered that have no clients. Only somebody with very many addresses brings more.
constexpr std::size_t most_empty_hosts = 20'000;

// Whether one more is among so many a minute; as many may come at once.
bool is_one_of(std::size_t per_minute, eddy::TimePoint& made_up, eddy::TimePoint now) {
  const auto with_this = std::max(made_up, now) + eddy::Duration(1min) / static_cast<eddy::Duration::rep>(per_minute);
  if (with_this - now > 1min) return false;
  made_up = with_this;
  return true;
}

}  // namespace

Host& Hosts::of(const eddy::Address& peer, bool alone) {
  forget_some();
  const auto network = eddy::AddressPrefix::network_of(peer);
  if (alone || !network) {
    auto own = std::make_unique<Host>();
    auto& host = *own;
    alone_.emplace(&host, std::move(own));
    return host;
  }
  auto& host = hosts_[*network];
  host.network = network;
  return host;
}

void Hosts::add(Client& client) {
  ++client.origin.clients;
  ++client.origin.unregistered;
}

void Hosts::remove(Client& client) {
  auto& host = client.origin;
  if (client.awaits_turn) {
    std::erase(host.waiting, &client);
    if (host.waiting.empty()) dequeue(host);
  }
  --host.clients;
  if (client.signed_on == 0) --host.unregistered;
  forget_if_empty(host);
}

void Hosts::forget_if_empty(Host& host) {
  if (host.clients > 0) return;
  if (!host.network) {
    alone_.erase(&host);
  } else if (owes_nothing(host)) {
    hosts_.erase(eddy::AddressPrefix(*host.network));
  } else if (!std::exchange(host.remembered, true)) {
    empty_.push_back(*host.network);
  }
}

bool Hosts::owes_nothing(const Host& host) const {
  return std::max({host.made_up, host.connects_made_up, host.warnings_made_up}) <= loop_.now();
}

bool Hosts::may_come(Host& host, std::size_t per_minute) {
  return is_one_of(per_minute, host.connects_made_up, loop_.now());
}

bool Hosts::may_warn(Host& host, std::uint64_t& held_back) {
  if (!is_one_of(warnings_per_minute, host.warnings_made_up, loop_.now())) {
    ++host.warnings_held_back;
    return false;
  }
  held_back = std::exchange(host.warnings_held_back, 0);
  return true;
}

// Looks at more of them than can be added between two calls: what owes nothing any more goes in time.
void Hosts::forget_some() {
  for (int i = 0; i < 2 && !empty_.empty(); ++i) {
    const auto network = empty_.front();
    empty_.pop_front();
    const auto at = hosts_.find(network);
    if (at == hosts_.end()) continue;
    if (at->second.clients > 0) {
      at->second.remembered = false;
    } else if (owes_nothing(at->second) || empty_.size() >= most_empty_hosts) {
      hosts_.erase(at);
    } else {
      empty_.push_back(network);
    }
  }
}

bool Hosts::turn_has_time() const { return turn_ != loop_.now() || used_in_turn_ < share_of_turn; }

bool Hosts::has_time(const Host& host) const { return host.made_up <= loop_.now() && turn_has_time(); }

eddy::TimePoint Hosts::time_ends(const Host& host) const {
  const auto used = turn_ == loop_.now() ? used_in_turn_ : eddy::Duration::zero();
  const auto own = std::min((loop_.now() - host.made_up) / one_part_in, at_once);
  return eddy::deadline_after(loop_.clock(), std::max(std::min(share_of_turn - used, own), eddy::Duration::zero()));
}

void Hosts::had(Host& host, eddy::TimePoint since, std::uint64_t writes) {
  const auto time = loop_.clock() - since;
  const auto cost = time + static_cast<eddy::Duration::rep>(writes) * cost_of_write;
  note_turn(time);
  used_by_waiting_ += cost;
  host.usual_cost = std::max(cost, host.usual_cost - host.usual_cost / 8);
  const auto made_up = std::max(host.made_up, loop_.now() - at_once * one_part_in) + cost * one_part_in;
  host.made_up = std::min(made_up, loop_.now() + longest_debt);
  if (host.waiting.empty()) return;
  dequeue(host);
  enqueue(host);
}

// One that has used nothing for long is no better off than one that has saved up what it may use at once.
void Hosts::enqueue(Host& host) {
  host.turn = std::max(host.made_up, loop_.now() - at_once * one_part_in) + host.usual_cost * one_part_in;
  waiting_.emplace(host.turn, &host);
}

void Hosts::note_turn(eddy::Duration time) {
  if (std::exchange(turn_, loop_.now()) != loop_.now()) used_in_turn_ = {};
  used_in_turn_ += time;
}

void Hosts::wait_for_turn(Client& client) {
  if (std::exchange(client.awaits_turn, true)) return;
  auto& host = client.origin;
  if (host.waiting.empty()) enqueue(host);
  host.waiting.push_back(&client);
  if (!go_on_.running()) go_on_.start(0s);
}

void Hosts::go_on() {
  const auto end = eddy::deadline_after(loop_.clock(), share_of_waiting);
  used_by_waiting_ = {};
  late_ = !late_ && !turn_has_time();
  while (!waiting_.empty() && used_by_waiting_ < share_of_waiting) {
    if (late_ && waiting_.begin()->second->usual_cost > cheap) break;
    auto& host = *waiting_.begin()->second;
    auto& client = *host.waiting.front();
    host.waiting.pop_front();
    if (host.waiting.empty()) waiting_.erase(waiting_.begin());
    client.awaits_turn = false;
    client.go_on(std::min(end, eddy::deadline_after(loop_.clock(), share_of_client)));
  }
  if (!waiting_.empty()) go_on_.start(0s);
}

}  // namespace chat
