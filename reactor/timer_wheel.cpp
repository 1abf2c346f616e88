#include "reactor/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace eddy {

TimerWheel::TimerWheel(TimePoint start) : start_(start) {}

std::uint64_t TimerWheel::tick_of(TimePoint when) const {
  if (when <= start_) return 0;
  const auto nanoseconds = static_cast<std::uint64_t>((when - start_).count());
  return (nanoseconds + (std::uint64_t{1} << tick_bits) - 1) >> tick_bits;
}

std::uint64_t TimerWheel::whole_ticks_until(TimePoint now) const {
  return now <= start_ ? 0 : static_cast<std::uint64_t>((now - start_).count()) >> tick_bits;
}

TimePoint TimerWheel::time_of(std::uint64_t tick) const {
  return deadline_after(start_, Duration(static_cast<std::int64_t>(tick << tick_bits)));
}

void TimerWheel::insert(TimerNode& node, TimePoint when) {
  if (node.linked() && node.slot_ != due_slot && tick_of(when) >= first_tick(node.slot_ / slots, node.slot_ % slots)) {
    node.when_ = when;
    return;
  }
  remove(node);
  node.when_ = when;
  ++size_;
  place(node);
}

void TimerWheel::place(TimerNode& node) {
  const auto tick = tick_of(node.when_);
  if (tick <= tick_) {
    node.slot_ = due_slot;
    due_.push_back(node);
    return;
  }
  const auto level = static_cast<unsigned>(std::bit_width(tick ^ tick_) - 1) / level_bits;
  const auto slot = static_cast<unsigned>(tick >> (level * level_bits)) % slots;
  node.slot_ = static_cast<std::uint16_t>(level * slots + slot);
  wheel_[node.slot_].push_back(node);
  occupied_[level] |= std::uint64_t{1} << slot;
}

void TimerWheel::remove(TimerNode& node) {
  if (!node.linked()) return;
  node.unlink();
  --size_;
  if (node.slot_ != due_slot && wheel_[node.slot_].empty()) {
    occupied_[node.slot_ / slots] &= ~(std::uint64_t{1} << (node.slot_ % slots));
  }
}

std::uint64_t TimerWheel::first_tick(unsigned level, std::uint64_t slot) const {
  const auto above = (level + 1) * level_bits;
  return tick_ >> above << above | slot << (level * level_bits);
}

TimePoint TimerWheel::next() const {
  if (!due_.empty() || !calling_.empty()) return start_;
  for (unsigned level = 0; level < levels; ++level) {
    if (occupied_[level] == 0) continue;
    return time_of(first_tick(level, static_cast<std::uint64_t>(std::countr_zero(occupied_[level]))));
  }
  return never;
}

// Every occupied slot of a level lies ahead of the wheel's own digit there, and every level below is nearer. So the
// first occupied slot of the lowest occupied level is the next, and once it lies beyond the target nothing more is due.
void TimerWheel::collect(std::uint64_t target_tick) {
  for (unsigned level = 0; level < levels;) {
    if (occupied_[level] == 0) {
      ++level;
      continue;
    }
    const auto slot = static_cast<unsigned>(std::countr_zero(occupied_[level]));
    const auto there = first_tick(level, slot);
    if (there > target_tick) break;
    tick_ = there;
    occupied_[level] &= ~(std::uint64_t{1} << slot);
    Nodes moving;
    moving.take_all(wheel_[level * slots + slot]);
    while (!moving.empty()) place(moving.pop_front());
    level = 0;
  }
  if (target_tick > tick_) tick_ = target_tick;
}

void TimerWheel::advance(TimePoint now) {
  if (size_ == 0) {
    tick_ = std::max(tick_, whole_ticks_until(now));
    return;
  }
  collect(whole_ticks_until(now));
  calling_.take_all(due_);
  while (!calling_.empty()) {
    auto& node = calling_.pop_front();
    --size_;
    node.expired(now);
  }
}

}  // namespace eddy
