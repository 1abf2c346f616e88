// Ring: a queue in one array that grows and never shrinks, so that what goes through it in steady state allocates
// nothing. Empty it owns no memory.
#pragma once

#include <cstddef>
#include <vector>

namespace load {

template <class T>
class Ring {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void push_back(const T& value) {
    if (size_ == slots_.size()) grow();
    slots_[at(size_++)] = value;
  }
  void pop_front() {
    first_ = at(1);
    --size_;
  }
  void clear() { first_ = size_ = 0; }

  // Counted from the front. Not past the end.
  T& operator[](std::size_t index) { return slots_[at(index)]; }
  T& front() { return slots_[first_]; }

 private:
  std::size_t at(std::size_t index) const { return (first_ + index) & (slots_.size() - 1); }

  void grow() {
    std::vector<T> larger(slots_.empty() ? 1 : 2 * slots_.size());
    for (std::size_t i = 0; i < size_; ++i) larger[i] = slots_[at(i)];
    slots_.swap(larger);
    first_ = 0;
  }

  std::vector<T> slots_;  // a power of two of them, or none
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace load
