#include "reactor/driver/uring/ring.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <new>
#include <stdexcept>
#include <system_error>

#include "reactor/driver/shortage.h"
#include "reactor/driver/sockaddr.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {
namespace {

constexpr unsigned fewest_entries = 128;
constexpr std::size_t most_at_once = std::size_t{1} << 30;  // an entry's length has 32 bits

[[noreturn]] void fail(int error, const char* what) { throw std::system_error(error, std::system_category(), what); }

// Of io_uring_enter(2). EBUSY and EAGAIN: the kernel is out of room for completions or requests until some are taken.
// The entries stay.
std::error_code shortage_of(int result) {
  if (result >= 0 || result == -ETIME || result == -EINTR) return {};
  const std::error_code error{-result, std::system_category()};
  if (!Shortage::is(error)) throw std::system_error(error, "io_uring_enter");
  return error;
}

}  // namespace

struct Ring::Gathered {
  msghdr message{};
  std::array<iovec, most_pieces> vectors;
};

Ring::Ring(unsigned entries) {
  for (int i = 0; i < 8; ++i) gathered_.push_back(std::make_unique<Gathered>());
  while (true) {
    io_uring_params parameters{};
    // Disabled at first: with SINGLE_ISSUER the ring belongs to the thread that enables it, and a Loop may be
    // constructed on one thread and run on another.
    parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_R_DISABLED |
                       IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE | IORING_SETUP_TASKRUN_FLAG;
    parameters.cq_entries = 4 * entries;
    const int result = io_uring_queue_init_params(entries, &ring_, &parameters);
    if (result == 0) return;
    ring_.ring_fd = -1;
    if (result != -ENOMEM || entries <= fewest_entries) fail(-result, "io_uring_setup");
    entries /= 4;
  }
}

Ring::~Ring() { abandon(); }

bool Ring::elsewhere() const { return owner_.in_child() || (entered() && thread_ != std::this_thread::get_id()); }

void Ring::abandon() {
  if (abandoned()) return;
  io_uring_queue_exit(&ring_);
  ring_.ring_fd = -1;
}

void Ring::enable() {
  // Not by io_uring_enable_rings: liburing 2.3 declares it and does not export it.
  const auto descriptor = static_cast<unsigned>(ring_.ring_fd);
  if (const int result = io_uring_register(descriptor, IORING_REGISTER_ENABLE_RINGS, nullptr, 0); result < 0) {
    fail(-result, "io_uring_register (enable)");
  }
  thread_ = std::this_thread::get_id();
}

std::error_code Ring::submit() {
  if (!entered()) enable();
  const auto error = shortage_of(io_uring_submit(&ring_));
  forget_gathered();
  return error;
}

void Ring::forget_gathered() {
  if (io_uring_sq_ready(&ring_) == 0) gathered_used_ = 0;
}

// Submits what is there when the ring is full.
io_uring_sqe& Ring::entry() {
  // What gather() may need: once an entry is taken nothing may throw, or what it was before would be asked for again.
  if (gathered_used_ == gathered_.size()) gathered_.push_back(std::make_unique<Gathered>());
  for (int attempt = 0; attempt < 1000; ++attempt) {
    if (auto* entry = io_uring_get_sqe(&ring_)) return *entry;
    if (const auto error = submit()) throw std::system_error(error, "io_uring_enter");
  }
  fail(EBUSY, "io_uring_enter: the submission queue stays full");
}

Ring::Gathered& Ring::gather() {
  assert(gathered_used_ < gathered_.size());
  auto& gathered = *gathered_[gathered_used_++];
  gathered.message = {};
  return gathered;
}

void Ring::accept(Id id, int socket) {
  auto& sqe = entry();
  io_uring_prep_multishot_accept(&sqe, socket, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  sqe.user_data = user_data(Operation::accept, id);
}

void Ring::accept_one(Id id, int socket) {
  auto& sqe = entry();
  io_uring_prep_accept(&sqe, socket, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  sqe.user_data = user_data(Operation::accept, id);
}

void Ring::connect(Id id, int socket, const Address& to) {
  auto& sqe = entry();
  io_uring_prep_connect(&sqe, socket, static_cast<const sockaddr*>(to.native()),
                        static_cast<socklen_t>(to.native_size()));
  sqe.user_data = user_data(Operation::connect, id);
}

void Ring::receive(Id id, int socket, ReceiveBuffers& buffers, std::uint32_t bound) {
  auto& sqe = entry();
  stream_buffers_ = &buffers;
  io_uring_prep_recv_multishot(&sqe, socket, nullptr, 0, 0);
  sqe.flags |= IOSQE_BUFFER_SELECT;
  sqe.buf_group = buffers.group();
  sqe.file_index = bound;  // newer headers call that `optlen`
  sqe.user_data = user_data(Operation::receive, id);
}

void Ring::receive_datagrams(Id id, int socket, std::size_t control_size, ReceiveBuffers& buffers) {
  auto& sqe = entry();  // before gather(): it may submit, and then forget what is gathered
  datagram_buffers_ = &buffers;
  auto& message = gather().message;
  message.msg_namelen = sizeof(sockaddr_storage);
  message.msg_controllen = control_size;
  io_uring_prep_recvmsg_multishot(&sqe, socket, &message, 0);
  sqe.flags |= IOSQE_BUFFER_SELECT;
  sqe.buf_group = buffers.group();
  sqe.user_data = user_data(Operation::receive_datagrams, id);
}

// Without room the send completes with EAGAIN. The ring itself would wait for room with a poll that also wakes up when
// the peer has finished: it was seen to try again at once, and again, as long as there was none.
void Ring::send(Id id, int socket, std::span<const Bytes> pieces) {
  constexpr int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
  auto& sqe = entry();
  if (pieces.size() == 1) {
    io_uring_prep_send(&sqe, socket, pieces[0].data(), std::min(pieces[0].size(), most_at_once), flags);
  } else {
    auto& gathered = gather();
    const auto used = std::min(pieces.size(), gathered.vectors.size());
    for (std::size_t i = 0; i < used; ++i) {
      gathered.vectors[i] = {const_cast<std::byte*>(pieces[i].data()), pieces[i].size()};
    }
    gathered.message.msg_iov = gathered.vectors.data();
    gathered.message.msg_iovlen = used;
    io_uring_prep_sendmsg(&sqe, socket, &gathered.message, flags);
  }
  sqe.user_data = user_data(Operation::send, id);
}

void Ring::poll_once(Operation operation, Id id, int descriptor, unsigned events) {
  auto& sqe = entry();
  io_uring_prep_poll_add(&sqe, descriptor, events);
  sqe.user_data = user_data(operation, id);
}

void Ring::poll_changes(Operation operation, Id id, int descriptor, unsigned events) {
  auto& sqe = entry();
  io_uring_prep_poll_multishot(&sqe, descriptor, events);
  sqe.user_data = user_data(operation, id);
}

void Ring::cancel_all(int descriptor) {
  auto& sqe = entry();
  io_uring_prep_cancel_fd(&sqe, descriptor, IORING_ASYNC_CANCEL_ALL);
  sqe.flags |= IOSQE_CQE_SKIP_SUCCESS;
  sqe.user_data = user_data(Operation::none, {});
}

void Ring::cancel(Operation operation, Id id) {
  auto& sqe = entry();
  io_uring_prep_cancel64(&sqe, user_data(operation, id), 0);
  sqe.flags |= IOSQE_CQE_SKIP_SUCCESS;
  sqe.user_data = user_data(Operation::none, {});
}

void Ring::cancel_now(Operation operation, Id id) {
  for (int attempt = 0; attempt < 1000 && io_uring_sq_ready(&ring_) > 0 && submit(); ++attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  io_uring_sync_cancel_reg request{};
  request.addr = user_data(operation, id);
  request.timeout = {-1, -1};  // none: what is under way on a socket ends at once
  while (io_uring_register_sync_cancel(&ring_, &request) == -EINTR) {
  }
}

void Ring::notify(int descriptor) {
  if (const int result = io_uring_register_eventfd(&ring_, descriptor); result < 0) {
    fail(-result, "io_uring_register (eventfd)");
  }
}

bool Ring::has_completions() const {
  if (abandoned()) return false;
  const auto flags = io_uring_smp_load_acquire(ring_.sq.kflags);
  return io_uring_cq_ready(&ring_) > 0 || (flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

bool Ring::make_completions() { return io_uring_get_events(&ring_) >= 0; }

std::error_code Ring::enter(Duration timeout) {
  if (!entered()) enable();
  io_uring_cqe* ready = nullptr;
  int result = 0;
  if (timeout <= Duration::zero()) {
    result = io_uring_submit_and_get_events(&ring_);
  } else if (timeout == unlimited) {
    result = io_uring_submit_and_wait_timeout(&ring_, &ready, 1, nullptr, nullptr);
  } else {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    __kernel_timespec time{seconds.count(), (timeout - seconds).count()};
    result = io_uring_submit_and_wait_timeout(&ring_, &ready, 1, &time, nullptr);
  }
  if (result == -EEXIST) throw std::logic_error("eddy: on io_uring a loop turns on one thread, for good");
  const auto error = shortage_of(result);
  forget_gathered();
  return error;
}

void Ring::take(std::vector<Completion>& completions) {
  for (int attempt = 0; attempt < 64; ++attempt) {
    // Without memory for all, those are taken that there is room for; the others stay in the ring.
    auto room = completions.size() + io_uring_cq_ready(&ring_);
    if (room > completions.capacity()) {
      try {
        completions.reserve(std::max(room, 2 * completions.capacity()));
      } catch (const std::bad_alloc&) {
        room = completions.capacity();
      }
    }
    unsigned head = 0;
    unsigned taken = 0;
    io_uring_cqe* cqe = nullptr;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      if (completions.size() == room) break;
      completions.push_back(read(*cqe));
      ++taken;
    }
    io_uring_cq_advance(&ring_, taken);
    if (io_uring_cq_ready(&ring_) > 0 && completions.size() == completions.capacity()) return;
    // What did not fit into the ring waits in the kernel. Another thread, or a child, would not be told of it ever.
    if (!io_uring_cq_has_overflow(&ring_) || elsewhere() || !make_completions()) return;
  }
}

Completion Ring::read(const io_uring_cqe& cqe) {
  Completion completion{.operation = static_cast<Operation>(cqe.user_data >> 60),
                        .more = (cqe.flags & IORING_CQE_F_MORE) != 0,
                        .id = Id::from_token(cqe.user_data & ~std::uint64_t{0} >> 4),
                        .result = cqe.res,
                        .received = {},
                        .buffers = nullptr};
  if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) {
    completion.buffers = completion.operation == Operation::receive ? stream_buffers_ : datagram_buffers_;
    completion.received = completion.buffers->take(cqe.flags, cqe.res);
  }
  return completion;
}

}  // namespace eddy::driver
