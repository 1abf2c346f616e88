// SlotTable: finds an endpoint by Id, and knows a stale Id from a live one.
#pragma once

#include <cstdint>
#include <vector>

#include "reactor/id.h"

namespace eddy::driver {

class Endpoint;

class SlotTable {
 public:
  // Gives the endpoint its id.
  void add(Endpoint& endpoint);
  // Its id is not found from now on. No-op for an endpoint without one.
  void remove(Endpoint& endpoint);

  Endpoint* find(Id id) const {
    return id.slot < slots_.size() && slots_[id.slot].generation == id.generation ? slots_[id.slot].endpoint : nullptr;
  }

  std::size_t size() const { return slots_.size() - free_.size(); }

  // Calls `visit(endpoint)` for each; it may add and remove endpoints. One added meanwhile may or may not be visited.
  template <class Visit>
  void for_each(Visit&& visit) {
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
      if (auto* endpoint = slots_[slot].endpoint) visit(*endpoint);
    }
  }

 private:
  struct Slot {
    Endpoint* endpoint = nullptr;
    std::uint32_t generation = 1;
  };
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace eddy::driver
