#include "reactor/driver/datagram_queue.h"

#include <algorithm>
#include <cstring>

namespace eddy::driver {

void DatagramQueue::append(const Address* to, Bytes payload, const Source* source) {
  const auto address_size = to == nullptr ? 0 : to->native_size();
  const auto offset = padded(buffer_.size());
  const Entry entry{offset, static_cast<std::uint32_t>(address_size), static_cast<std::uint32_t>(payload.size()),
                    source != nullptr};
  const auto payload_at = offset + before_payload(entry);
  if (entries_.size() == entries_.capacity()) entries_.reserve(2 * entries_.size() + 1);  // may throw, as the next may
  buffer_.resize(payload_at + payload.size());
  if (address_size > 0) std::memcpy(buffer_.data() + offset, to->native(), address_size);
  if (source != nullptr) std::memcpy(buffer_.data() + offset + padded(address_size), source, sizeof *source);
  if (!payload.empty()) std::memcpy(buffer_.data() + payload_at, payload.data(), payload.size());
  entries_.push_back(entry);
  bytes_ += payload.size();
}

void DatagramQueue::move_first_to_back() {
  auto moved = at(0);
  const auto offset = padded(buffer_.size());
  const auto length = before_payload(moved) + moved.size;
  if (entries_.size() == entries_.capacity()) entries_.reserve(2 * entries_.size() + 1);  // may throw, as the next may
  buffer_.resize(offset + length);
  std::memcpy(buffer_.data() + offset, buffer_.data() + moved.offset, length);
  moved.offset = offset;
  entries_.push_back(moved);
  bytes_ += moved.size;
  drop_first(1);
}

void DatagramQueue::drop_first(std::size_t count) {
  for (; count > 0 && !empty(); --count) bytes_ -= entries_[first_++].size;
  if (empty()) {
    entries_.clear();
    buffer_.clear();
    first_ = 0;
    // A burst is not a reason to keep megabytes for good.
    if (buffer_.capacity() > 256 * 1024) buffer_.shrink_to_fit();
  } else if (first_ >= entries_.size() / 2) {
    const auto cut = entries_[first_].offset;
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(cut));
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
    for (auto& entry : entries_) entry.offset -= cut;
    first_ = 0;
  }
}

}  // namespace eddy::driver
