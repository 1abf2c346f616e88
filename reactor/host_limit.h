// HostLimit: how many connections each host may have, at one listener or at several together. So one host that opens
// thousands keeps nobody else out.
//
//   const auto hosts = eddy::HostLimit::make({.connections = 20});
//   eddy::Listener<Echo> echo{loop, "tcp://*:7", {.hosts = hosts}};
//   eddy::Listener<Chat> chat{loop, "tcp://*:6667", {.hosts = hosts}};   // 20 of both
//
// A host is an IPv4 address, or the first 64 bits of an IPv6 one: whoever has one address of such a network has all of
// them (RFC 6177, 2). Connections beyond the limit are closed at once and counted, as those beyond max_connections are
// (Stats::refused). Peers of Unix sockets are not counted.
//
// There is an entry for each host that has a place, and for no other: as many as there are connections at the most. The
// table's hash has a secret. Any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reactor/address.h"
#include "reactor/address_prefix.h"

namespace eddy {

class HostLimit;

struct HostLimits {
  std::size_t connections;                 // of each host at a time
  std::vector<AddressPrefix> exempt = {};  // hosts that may have as many as they like
  unsigned ipv4_prefix = 32;               // bits of an address that name its host, 0 to 32
  unsigned ipv6_prefix = 64;               // 0 to 128
};

// One of a host's places; given back when it is destroyed. An empty one stands for a peer that is not counted. A
// place keeps its HostLimit alive.
class HostPlace {
 public:
  HostPlace() = default;
  HostPlace(HostPlace&& other) noexcept : host_(std::exchange(other.host_, nullptr)) {}
  HostPlace& operator=(HostPlace other) noexcept {
    std::swap(host_, other.host_);
    return *this;
  }
  ~HostPlace();
  explicit operator bool() const { return host_ != nullptr; }

 private:
  friend class HostLimit;
  struct Host;
  explicit HostPlace(Host* host) : host_(host) {}
  Host* host_ = nullptr;
};

// Not for users: an entry of the table.
struct HostPlace::Host {
  std::shared_ptr<HostLimit> limit;
  AddressPrefix network;
  std::size_t connections = 0;
};

class HostLimit : public std::enable_shared_from_this<HostLimit> {
 public:
  // Throws std::invalid_argument that names the setting: connections is 0, or a prefix is too long.
  static std::shared_ptr<HostLimit> make(HostLimits limits);

  // A place for one more connection of that peer; nothing when its host has as many as it may. Listeners call it for
  // those that they accept. Throws std::bad_alloc.
  std::optional<HostPlace> take(const Address& peer);

  const HostLimits& limits() const { return limits_; }
  // Hosts that have a place. Outdated when it arrives, where other threads take places.
  std::size_t hosts() const;

 private:
  friend class HostPlace;
  explicit HostLimit(HostLimits limits) : limits_(std::move(limits)) {}
  void give_back(HostPlace::Host& host);

  const HostLimits limits_;
  mutable std::mutex mutex_;
  std::unordered_map<AddressPrefix, HostPlace::Host> hosts_;
};

}  // namespace eddy
