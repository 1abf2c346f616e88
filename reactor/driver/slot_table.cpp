#include "reactor/driver/slot_table.h"

#include "reactor/driver/endpoint.h"

namespace eddy::driver {

void SlotTable::add(Endpoint& endpoint) {
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
    free_.reserve(slots_.capacity());  // so that remove, which must not fail, never allocates
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  slots_[slot].endpoint = &endpoint;
  endpoint.id = {slot, slots_[slot].generation};
}

void SlotTable::remove(Endpoint& endpoint) {
  if (find(endpoint.id) != &endpoint) return;
  auto& slot = slots_[endpoint.id.slot];
  slot.endpoint = nullptr;
  slot.generation = slot.generation == Id::last_generation ? 1 : slot.generation + 1;
  free_.push_back(endpoint.id.slot);
  endpoint.id = {};
}

}  // namespace eddy::driver
