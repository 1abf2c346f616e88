#include "reactor/driver/slot_table.h"

#include <cassert>

#include "reactor/driver/endpoint.h"

namespace eddy::driver {

void SlotTable::add(Endpoint& endpoint) {
  assert(endpoint.id == Id{});
  std::uint32_t slot = 0;
  if (free_.empty()) {
    if (slots_.size() == slots_.capacity()) {
      const auto room = 2 * slots_.size() + 1;
      free_.reserve(room);  // first, so that remove and free, which must not fail, never allocate
      slots_.reserve(room);
    }
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  slots_[slot].endpoint = &endpoint;
  endpoint.id = {slot, slots_[slot].generation};
}

void SlotTable::remove(Endpoint& endpoint) {
  if (find(endpoint.id) != &endpoint) return;
  free(endpoint.id.slot);
  endpoint.id = {};
}

void SlotTable::retire(Endpoint& endpoint) {
  assert(find(endpoint.id) == &endpoint);
  slots_[endpoint.id.slot].generation |= retired;
  endpoint.id = {};
}

void SlotTable::free(Id retired_one) {
  assert(find_retired(retired_one) != nullptr);
  slots_[retired_one.slot].generation = retired_one.generation;
  free(retired_one.slot);
}

void SlotTable::free(std::uint32_t slot) {
  auto& freed = slots_[slot];
  freed.endpoint = nullptr;
  freed.generation = freed.generation == Id::last_generation ? 1 : freed.generation + 1;
  free_.push_back(slot);
}

}  // namespace eddy::driver
