// Places: how many connections a listener has, and how many it may have. Not for users.
//
// Each connection has a Place of the listener that admitted it, and gives it back when it goes: also when its listener
// is closed by then, and when a connection that was handed over never reaches its loop. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include "reactor/host_limit.h"

namespace eddy {

class Place;

class Places {
 public:
  // Shared: the listener and each Place hold one.
  class Holder {
   public:
    Holder() = default;
    explicit Holder(Places* places) : places_(places) {}
    Holder(const Holder& other) : places_(other.places_) {
      if (places_ != nullptr) places_->holders_.fetch_add(1, std::memory_order_relaxed);
    }
    Holder(Holder&& other) noexcept : places_(std::exchange(other.places_, nullptr)) {}
    Holder& operator=(Holder other) noexcept {
      std::swap(places_, other.places_);
      return *this;
    }
    ~Holder() {
      if (places_ != nullptr && places_->holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete places_;
    }
    Places* operator->() const { return places_; }
    explicit operator bool() const { return places_ != nullptr; }

   private:
    Places* places_ = nullptr;
  };

  static Holder make(std::size_t most) { return Holder(new Places(most, {})); }
  // Whoever has a place here has one of `group`, too: the places of a pool's listeners together, which hold the limit.
  static Holder make(Holder group) { return Holder(new Places(static_cast<std::size_t>(-1), std::move(group))); }
  // For one connection, whose host's place goes with its own.
  static Holder make(Holder group, HostPlace host) {
    auto one = make(std::move(group));
    one->host_ = std::move(host);
    return one;
  }

  // Outdated when it arrives, where other threads take places.
  std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }

 private:
  friend class Place;
  Places(std::size_t most, Holder group) : most_(most), group_(std::move(group)) {}
  ~Places() = default;

  bool take() {
    if (group_ && !group_->take()) return false;
    if (taken_.fetch_add(1, std::memory_order_relaxed) < most_) return true;
    give_back();
    return false;
  }
  void give_back() {
    taken_.fetch_sub(1, std::memory_order_relaxed);
    if (group_) group_->give_back();
  }

  std::atomic<std::size_t> holders_{1};
  std::atomic<std::size_t> taken_{0};
  const std::size_t most_;
  const Holder group_;
  HostPlace host_;
};

// One of the places, or none.
class Place {
 public:
  Place() = default;
  // None when all are taken.
  explicit Place(const Places::Holder& places) {
    if (places->take()) places_ = places;
  }
  // The same, together with a place of the peer's host: an empty one takes no room.
  Place(const Places::Holder& places, HostPlace host) : Place(host ? Places::make(places, std::move(host)) : places) {}
  Place(Place&& other) noexcept = default;
  Place& operator=(Place&& other) noexcept {
    std::swap(places_, other.places_);
    return *this;
  }
  ~Place() {
    if (places_) places_->give_back();
  }
  explicit operator bool() const { return static_cast<bool>(places_); }
  // Takes the host's place out of it; empty when there is none.
  HostPlace take_host() { return places_ ? std::move(places_->host_) : HostPlace(); }

 private:
  Places::Holder places_;
};

}  // namespace eddy
