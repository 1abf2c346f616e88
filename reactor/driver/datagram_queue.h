// DatagramQueue: datagrams that were accepted for sending and not taken by the system yet, in order. Addresses and
// payloads lie in one buffer that is kept, so steady traffic allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "reactor/address.h"
#include "reactor/bytes.h"

namespace eddy::driver {

class DatagramQueue {
 public:
  struct Entry {
    std::size_t offset;          // of the address in the buffer; the payload follows, 8-byte aligned
    std::uint32_t address_size;  // 0: to the connected peer
    std::uint32_t size;
  };

  // Neighbours of at most so many bytes may be sent as one message, which the kernel cuts up.
  std::size_t combines_up_to = 0;

  bool empty() const { return first_ == entries_.size(); }
  std::size_t count() const { return entries_.size() - first_; }
  std::size_t bytes() const { return bytes_; }  // of payload, queued

  void append(const Address* to, Bytes payload);

  // The index-th datagram that is queued. The pointers are good until the queue is changed.
  const void* address(std::size_t index) const { return buffer_.data() + at(index).offset; }
  std::size_t address_size(std::size_t index) const { return at(index).address_size; }
  Bytes payload(std::size_t index) const {
    const auto& entry = at(index);
    return {buffer_.data() + entry.offset + padded(entry.address_size), entry.size};
  }

  // So much that it is sent before the end of the batch that asked for it.
  bool is_long() const { return count() >= 256 || bytes_ >= 256 * 1024; }

  bool same_receiver(std::size_t one, std::size_t other) const {
    return address_size(one) == address_size(other) &&
           std::memcmp(address(one), address(other), address_size(one)) == 0;
  }

  void drop_first(std::size_t count);
  void move_first_to_back();

 private:
  static std::size_t padded(std::size_t size) { return (size + 7) & ~std::size_t{7}; }
  const Entry& at(std::size_t index) const { return entries_[first_ + index]; }

  std::vector<std::byte> buffer_;
  std::vector<Entry> entries_;
  std::size_t first_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace eddy::driver
