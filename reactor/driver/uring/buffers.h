// ReceiveBuffers: a ring of buffers that the kernel picks from when data arrives (io_uring_register_buf_ring(3)), so
// that waiting for data takes no memory per connection. What it received is handed on where it lies, and the buffer
// goes back when the callback has returned.
//
// Where the kernel can (6.12), buffers are consumed piece by piece: small messages lie side by side in few large
// buffers. Elsewhere each receive takes a whole buffer, and there are more and smaller ones.
#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "reactor/bytes.h"

namespace eddy::driver {

class ReceiveBuffers {
 public:
  struct Shape {
    unsigned count;    // a power of two
    std::size_t size;  // of each, in bytes
  };

  // `group` names it to the kernel (IOSQE_BUFFER_SELECT). Takes `pieced` when the kernel consumes piece by piece, else
  // `whole`. Throws std::system_error.
  ReceiveBuffers(io_uring& ring, std::uint16_t group, Shape pieced, Shape whole);
  ReceiveBuffers(io_uring& ring, std::uint16_t group, Shape whole) : ReceiveBuffers(ring, group, {}, whole) {}
  ~ReceiveBuffers();
  ReceiveBuffers(const ReceiveBuffers&) = delete;
  ReceiveBuffers& operator=(const ReceiveBuffers&) = delete;

  std::uint16_t group() const { return group_; }

  struct Piece {
    Bytes data;
    std::uint16_t buffer = 0;
    bool ours = false;  // the kernel is done with the buffer: it waits for give_back()
  };
  // What a completion with these flags (IORING_CQE_F_BUFFER) and this result has received; good until give_back(). Once
  // for each completion, in the order of the ring: where a piece lies follows from the pieces before it.
  Piece take(std::uint32_t flags, std::int32_t result);
  void give_back(std::uint16_t buffer);

 private:
  bool open(Shape shape, bool pieced);
  void give(std::uint16_t buffer);
  std::byte* start(std::uint16_t buffer) const { return memory_ + buffer * stride_; }

  io_uring& ring_;
  const std::uint16_t group_;
  io_uring_buf_ring* entries_ = nullptr;
  std::size_t entries_size_ = 0;
  std::byte* memory_ = nullptr;
  std::size_t memory_size_ = 0;
  std::size_t stride_ = 0;
  Shape shape_{};
  bool pieced_ = false;
  static constexpr std::uint32_t held = ~std::uint32_t{0};  // by us, until it is given back
  std::vector<std::uint32_t> consumed_;                     // bytes of each buffer, when it is consumed piece by piece
};

}  // namespace eddy::driver
