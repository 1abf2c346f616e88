// Fault, of what is submitted to io_uring.
#include "fault.h"

#ifdef EDDY_HAS_URING

#include <liburing.h>
#include <reactor/driver/uring/ring.h>

#include <cerrno>
#include <cstring>

namespace eddy::test {
namespace {

constexpr unsigned inject_result = 1;  // IORING_NOP_INJECT_RESULT, which older headers lack

std::string_view name_of(driver::Operation operation) {
  using enum driver::Operation;
  switch (operation) {
    case wake: return "ring:wake";
    case accept: return "ring:accept";
    case connect: return "ring:connect";
    case receive: return "ring:receive";
    case send: return "ring:send";
    case changes: return "ring:changes";
    case receive_datagrams: return "ring:receive_datagrams";
    case writable: return "ring:writable";
    case readable: return "ring:readable";
    case watch: return "ring:watch";
    case none: break;
  }
  return "ring:none";
}

void make_it_fail(io_uring_sqe& entry, int error) {
  const auto user_data = entry.user_data;
  std::memset(&entry, 0, sizeof entry);
  entry.opcode = IORING_OP_NOP;
  entry.rw_flags = inject_result;  // nop_flags
  entry.len = static_cast<unsigned>(-error);
  entry.user_data = user_data;
}

// What is about to leave. The driver keeps an entry's operation in the first four bits of its user_data.
void look_over(io_uring& ring) {
  for (unsigned i = ring.sq.sqe_head; i != ring.sq.sqe_tail; ++i) {
    auto& entry = ring.sq.sqes[i & ring.sq.ring_mask];
    const auto operation = static_cast<driver::Operation>(entry.user_data >> 60);
    if (entry.opcode == IORING_OP_ASYNC_CANCEL || entry.opcode == IORING_OP_NOP) continue;
    if (const int error = Fault::strikes(name_of(operation)); error != 0) make_it_fail(entry, error);
  }
}

}  // namespace

bool ring_faults_work() {
  io_uring ring{};
  if (io_uring_queue_init(4, &ring, 0) != 0) return false;
  auto* entry = io_uring_get_sqe(&ring);
  make_it_fail(*entry, EACCES);
  io_uring_cqe* completion = nullptr;
  const bool works =
      io_uring_submit(&ring) == 1 && io_uring_wait_cqe(&ring, &completion) == 0 && completion->res == -EACCES;
  io_uring_queue_exit(&ring);
  return works;
}

}  // namespace eddy::test

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
extern "C" {

int __real_io_uring_submit(io_uring* ring);
int __wrap_io_uring_submit(io_uring* ring) {
  if (const int error = eddy::test::Fault::strikes("io_uring_enter"); error != 0) return -error;
  eddy::test::look_over(*ring);
  return __real_io_uring_submit(ring);
}

int __real_io_uring_submit_and_get_events(io_uring* ring);
int __wrap_io_uring_submit_and_get_events(io_uring* ring) {
  if (const int error = eddy::test::Fault::strikes("io_uring_enter"); error != 0) return -error;
  eddy::test::look_over(*ring);
  return __real_io_uring_submit_and_get_events(ring);
}

int __real_io_uring_submit_and_wait_timeout(io_uring* ring, io_uring_cqe** completion, unsigned count,
                                            __kernel_timespec* timeout, sigset_t* mask);
int __wrap_io_uring_submit_and_wait_timeout(io_uring* ring, io_uring_cqe** completion, unsigned count,
                                            __kernel_timespec* timeout, sigset_t* mask) {
  if (const int error = eddy::test::Fault::strikes("io_uring_enter"); error != 0) return -error;
  eddy::test::look_over(*ring);
  return __real_io_uring_submit_and_wait_timeout(ring, completion, count, timeout, mask);
}
}
// NOLINTEND(bugprone-reserved-identifier)

#else

namespace eddy::test {

bool ring_faults_work() { return false; }

}  // namespace eddy::test

#endif
