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
  // The same, but the slot is nobody else's until free(): what the system still tells of the old id is the endpoint's,
  // which find_retired() finds.
  void retire(Endpoint& endpoint);
  void free(Id retired_one);

  Endpoint* find(Id id) const {
    return id.slot < slots_.size() && slots_[id.slot].generation == id.generation ? slots_[id.slot].endpoint : nullptr;
  }
  Endpoint* find_retired(Id id) const { return find({id.slot, id.generation | retired}); }

  std::size_t size() const { return slots_.size() - free_.size(); }  // with the retired ones

  // Calls `visit(endpoint)` for each that find() finds; it may add and remove endpoints. One added meanwhile may or may
  // not be visited.
  template <class Visit>
  void for_each(Visit&& visit) {
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
      if (auto* endpoint = slots_[slot].endpoint; endpoint != nullptr && (slots_[slot].generation & retired) == 0) {
        visit(*endpoint);
      }
    }
  }

 private:
  // Beside the generation: ids do not have it, so that no find() takes a retired endpoint for a live one.
  static constexpr std::uint32_t retired = Id::last_generation + 1;

  struct Slot {
    Endpoint* endpoint = nullptr;
    std::uint32_t generation = 1;
  };
  void free(std::uint32_t slot);

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace eddy::driver
