#include "reactor/host_limit.h"

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <string>

namespace eddy {
namespace {

void check(const HostLimits& limits) {
  if (limits.connections == 0) throw std::invalid_argument("eddy: HostLimits::connections is 0: expected at least 1");
  const auto check_prefix = [](const char* name, unsigned length, unsigned longest) {
    if (length <= longest) return;
    throw std::invalid_argument("eddy: HostLimits::" + std::string(name) + " is " + std::to_string(length) +
                                ": expected 0 to " + std::to_string(longest));
  };
  check_prefix("ipv4_prefix", limits.ipv4_prefix, 32);
  check_prefix("ipv6_prefix", limits.ipv6_prefix, 128);
}

}  // namespace

HostPlace::~HostPlace() {
  if (host_ == nullptr) return;
  const auto limit = host_->limit;  // it outlives its last place by this call
  limit->give_back(*host_);
}

std::shared_ptr<HostLimit> HostLimit::make(HostLimits limits) {
  check(limits);
  return std::shared_ptr<HostLimit>(new HostLimit(std::move(limits)));
}

std::optional<HostPlace> HostLimit::take(const Address& peer) {
  const auto network = AddressPrefix::network_of(peer, limits_.ipv4_prefix, limits_.ipv6_prefix);
  const auto holds_peer = [&](const AddressPrefix& prefix) { return prefix.contains(peer); };
  if (!network || std::any_of(limits_.exempt.begin(), limits_.exempt.end(), holds_peer)) return HostPlace();
  const std::lock_guard lock(mutex_);
  auto& host = hosts_.try_emplace(*network, HostPlace::Host{shared_from_this(), *network}).first->second;
  if (host.connections >= limits_.connections) return std::nullopt;
  ++host.connections;
  return HostPlace(&host);
}

std::size_t HostLimit::hosts() const {
  const std::lock_guard lock(mutex_);
  return hosts_.size();
}

void HostLimit::give_back(HostPlace::Host& host) {
  const std::lock_guard lock(mutex_);
  assert(host.connections > 0);
  if (--host.connections == 0) hosts_.erase(AddressPrefix(host.network));
}

}  // namespace eddy
