// DatagramQueue: datagrams that were accepted for sending and not taken by the system yet, in order. Addresses and
// payloads lie in one buffer that is kept, so steady traffic allocates nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "reactor/address.h"
#include "reactor/bytes.h"

namespace eddy::driver {

class DatagramQueue {
 public:
  // From where a datagram is to be sent: an address as the network has it, and an interface; 0 is unset.
  struct Source {
    std::array<std::byte, 16> address;
    std::uint32_t interface_index;
    bool ipv6;
    friend bool operator==(const Source&, const Source&) = default;
  };
  struct Entry {
    std::size_t offset;          // of the address in the buffer; source and payload follow, 8-byte aligned
    std::uint32_t address_size;  // 0: to the connected peer
    std::uint32_t size;
    bool has_source;
  };

  // Neighbours of at most so many bytes may be sent as one message, which the kernel cuts up.
  std::size_t combines_up_to = 0;

  bool empty() const { return first_ == entries_.size(); }
  std::size_t count() const { return entries_.size() - first_; }
  std::size_t bytes() const { return bytes_; }  // of payload, queued

  void append(const Address* to, Bytes payload, const Source* source = nullptr);

  // The index-th datagram that is queued. The pointers are good until the queue is changed.
  const void* address(std::size_t index) const { return buffer_.data() + at(index).offset; }
  std::size_t address_size(std::size_t index) const { return at(index).address_size; }
  Bytes payload(std::size_t index) const {
    const auto& entry = at(index);
    return {buffer_.data() + entry.offset + before_payload(entry), entry.size};
  }
  std::optional<Source> source(std::size_t index) const {
    const auto& entry = at(index);
    if (!entry.has_source) return {};
    Source source;
    std::memcpy(&source, buffer_.data() + entry.offset + padded(entry.address_size), sizeof source);
    return source;
  }

  // So much that it is sent before the end of the batch that asked for it.
  bool is_long() const { return count() >= 256 || bytes_ >= 256 * 1024; }

  bool same_way(std::size_t one, std::size_t other) const {
    return address_size(one) == address_size(other) &&
           std::memcmp(address(one), address(other), address_size(one)) == 0 && source(one) == source(other);
  }

  void drop_first(std::size_t count);
  void move_first_to_back();

 private:
  static std::size_t padded(std::size_t size) { return (size + 7) & ~std::size_t{7}; }
  static std::size_t before_payload(const Entry& entry) {
    return padded(entry.address_size) + (entry.has_source ? padded(sizeof(Source)) : 0);
  }
  const Entry& at(std::size_t index) const { return entries_[first_ + index]; }

  std::vector<std::byte> buffer_;
  std::vector<Entry> entries_;
  std::size_t first_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace eddy::driver
