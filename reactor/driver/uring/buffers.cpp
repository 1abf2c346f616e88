#include "reactor/driver/uring/buffers.h"

#include <sys/mman.h>

#include <cassert>
#include <cerrno>
#include <system_error>

namespace eddy::driver {
namespace {

// Of Linux 6.12; younger than liburing 2.3.
constexpr std::uint16_t register_incremental = 2;   // IOU_PBUF_RING_INC, in io_uring_buf_reg::flags
constexpr std::uint32_t buffer_has_more = 1U << 4;  // IORING_CQE_F_BUF_MORE

void* map(std::size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::system_category(), "mmap");
  return memory;
}

}  // namespace

ReceiveBuffers::ReceiveBuffers(io_uring& ring, std::uint16_t group, Shape pieced, Shape whole)
    : ring_(ring), group_(group) {
  if (pieced.count > 0 && open(pieced, true)) return;
  if (!open(whole, false)) throw std::system_error(errno, std::system_category(), "io_uring_register (buffer ring)");
}

bool ReceiveBuffers::open(Shape shape, bool pieced) {
  consumed_.assign(shape.count, 0);
  // Not a multiple of the page: the starts of all buffers would share few cache sets.
  stride_ = shape.size + 64;
  memory_size_ = shape.count * stride_;
  memory_ = static_cast<std::byte*>(map(memory_size_));
  entries_size_ = shape.count * sizeof(io_uring_buf);
  try {
    entries_ = static_cast<io_uring_buf_ring*>(map(entries_size_));
  } catch (...) {
    munmap(memory_, memory_size_);
    throw;
  }
  io_uring_buf_reg request{};
  request.ring_addr = reinterpret_cast<std::uintptr_t>(entries_);
  request.ring_entries = shape.count;
  request.bgid = group_;
  request.pad = pieced ? register_incremental : 0;  // today's name of the field is flags
  if (const int result = io_uring_register_buf_ring(&ring_, &request, 0); result < 0) {
    munmap(entries_, entries_size_);
    munmap(memory_, memory_size_);
    errno = -result;
    return false;
  }
  shape_ = shape;
  pieced_ = pieced;
  io_uring_buf_ring_init(entries_);
  for (unsigned i = 0; i < shape.count; ++i) give(static_cast<std::uint16_t>(i));
  return true;
}

ReceiveBuffers::~ReceiveBuffers() {
  if (ring_.ring_fd >= 0) io_uring_unregister_buf_ring(&ring_, group_);
  munmap(memory_, memory_size_);
  munmap(entries_, entries_size_);
}

ReceiveBuffers::Piece ReceiveBuffers::take(std::uint32_t flags, std::int32_t result) {
  const auto buffer = static_cast<std::uint16_t>(flags >> IORING_CQE_BUFFER_SHIFT);
  const auto size = result > 0 ? static_cast<std::uint32_t>(result) : 0;
  auto& consumed = consumed_[buffer];
  assert(consumed != held);
  const Bytes data(start(buffer) + consumed, size);
  // What received nothing has consumed no piece, whether or not the kernel says so (IORING_CQE_F_BUF_MORE): such a
  // buffer would be given back twice.
  const bool ours = !pieced_ || (size > 0 && (flags & buffer_has_more) == 0);
  if (ours) {
    consumed = held;
  } else {
    consumed += size;
  }
  return {data, buffer, ours};
}

void ReceiveBuffers::give_back(std::uint16_t buffer) {
  assert(consumed_[buffer] == held);
  consumed_[buffer] = 0;
  give(buffer);
}

void ReceiveBuffers::give(std::uint16_t buffer) {
  io_uring_buf_ring_add(entries_, start(buffer), static_cast<unsigned>(shape_.size), buffer,
                        io_uring_buf_ring_mask(shape_.count), 0);
  io_uring_buf_ring_advance(entries_, 1);
}

}  // namespace eddy::driver
