#include "apps/chat/hosts.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "apps/chat/client.h"

namespace chat {
namespace {

using namespace std::chrono_literals;

// Of one turn of the loop, for one host; and for what was put off, of all hosts together.
constexpr eddy::Duration share_of_host = 500us;
constexpr eddy::Duration share_of_waiting = 1ms;
// Of the latter, for one client before the next one has its turn.
constexpr eddy::Duration share_of_client = 250us;

}  // namespace

Host& Hosts::of(const eddy::Address& peer) {
  const auto network = eddy::AddressPrefix::network_of(peer);
  auto& host = hosts_[network];
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
    if (host.waiting.empty()) std::erase(waiting_, &host);
  }
  --host.clients;
  if (client.signed_on == 0) --host.unregistered;
  forget_if_empty(host);
}

void Hosts::forget_if_empty(Host& host) {
  if (host.clients == 0) hosts_.erase(std::optional(host.network));
}

bool Hosts::has_time(const Host& host) const { return host.turn != loop_.now() || host.used < share_of_host; }

eddy::TimePoint Hosts::time_ends(const Host& host) const {
  const auto used = host.turn == loop_.now() ? host.used : eddy::Duration::zero();
  return eddy::deadline_after(loop_.clock(), std::max(share_of_host - used, eddy::Duration::zero()));
}

void Hosts::had(Host& host, eddy::TimePoint since) {
  if (std::exchange(host.turn, loop_.now()) != loop_.now()) host.used = {};
  host.used += loop_.clock() - since;
}

void Hosts::wait_for_turn(Client& client) {
  if (std::exchange(client.awaits_turn, true)) return;
  auto& host = client.origin;
  if (host.waiting.empty()) waiting_.push_back(&host);
  host.waiting.push_back(&client);
  if (!go_on_.running()) go_on_.start(0s);
}

void Hosts::go_on() {
  const auto end = eddy::deadline_after(loop_.clock(), share_of_waiting);
  for (auto now = loop_.clock(); !waiting_.empty() && now < end; now = loop_.clock()) {
    auto& host = *waiting_.front();
    waiting_.pop_front();
    auto& client = *host.waiting.front();
    host.waiting.pop_front();
    if (!host.waiting.empty()) waiting_.push_back(&host);
    client.awaits_turn = false;
    client.go_on(std::min(end, eddy::deadline_after(now, share_of_client)));
  }
  if (!waiting_.empty()) go_on_.start(0s);
}

}  // namespace chat
