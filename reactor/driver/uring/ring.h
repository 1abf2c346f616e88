// Ring: one io_uring instance, of the loop that owns it. Hands out submission entries, enters the kernel once a turn,
// and gives completions.
//
// Set up with SINGLE_ISSUER, DEFER_TASKRUN and TASKRUN_FLAG (io_uring_setup(2)): completions are produced only while
// this thread waits, so that nothing interrupts a callback and one enter brings them all. The price: the thread of the
// first enter() is the ring's for good; another can only abandon() it. So can a forked child: it has the rings' memory
// together with its parent, and must not take from it or write to it.
#pragma once

#include <liburing.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "reactor/address.h"
#include "reactor/bytes.h"
#include "reactor/driver/fork_mark.h"
#include "reactor/driver/uring/buffers.h"
#include "reactor/id.h"
#include "reactor/time.h"

namespace eddy::driver {

// What an entry was for; kept with the endpoint's id in the entry's user_data. An Id's token leaves the top four bits
// free (SlotTable).
enum class Operation : std::uint8_t {
  none,  // nobody wants to hear of it: cancellations
  wake,
  accept,
  connect,
  receive,
  send,
  changes,  // of a stream: room for output, hang-ups
  receive_datagrams,
  writable,
  readable,
  watch,
};

// One completion, with all that its place in the ring says: nothing more has to be found out when it is delivered, and
// so that may be later, or not at all.
struct Completion {
  Operation operation = Operation::none;
  bool more = false;  // of the same operation will follow
  Id id;
  std::int32_t result = 0;  // negative: an errno
  ReceiveBuffers::Piece received;
  ReceiveBuffers* buffers = nullptr;  // whose piece it is

  // Gives the buffer back, if it is ours.
  void release() const {
    if (received.ours) buffers->give_back(received.buffer);
  }
};

// Of a result that says nothing about the socket: what was asked for may be asked for again.
inline bool is_void(std::int32_t result) { return result == -ECANCELED || result == -EINTR || result == -EAGAIN; }

class Ring {
 public:
  static constexpr unsigned usual_entries = 2048;

  // With room for so many submissions, and for four times as many completions; with less when that much memory may not
  // be locked. Throws std::system_error when the kernel does not let us have one.
  explicit Ring(unsigned entries = usual_entries);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Each asks for one operation, at the next enter(). `to`, and the bytes to send, stay where they are until its
  // completion; what else describes the operation is kept here until the kernel has read it. Throws std::system_error
  // when the kernel takes no entries, which may be a Shortage; then nothing was asked for.
  void accept(Id id, int socket);  // again and again
  void accept_one(Id id, int socket);
  void connect(Id id, int socket, const Address& to);
  // Again and again, until so many bytes have come; 0: without a bound, the only one that older kernels take. What has
  // arrived by then comes in one go, whether it is still wanted when the first piece is delivered or not.
  void receive(Id id, int socket, ReceiveBuffers& buffers, std::uint32_t bound);
  // Again and again, each with so much room for control messages in front.
  void receive_datagrams(Id id, int socket, std::size_t control_size, ReceiveBuffers& buffers);
  void send(Id id, int socket, std::span<const Bytes> pieces);
  void poll_once(Operation operation, Id id, int descriptor, unsigned events);
  void poll_changes(Operation operation, Id id, int descriptor, unsigned events);  // again and again

  // Asks for the end of all that is under way on a descriptor, or of one operation. Their own completions tell.
  void cancel_all(int descriptor);
  void cancel(Operation operation, Id id);
  // The same at once, by the thread that enters the ring. Its last completion may take some make_completions() more.
  void cancel_now(Operation operation, Id id);

  // Submits, and waits for a completion until `timeout` is over (unlimited; zero: not at all). One system call. Answers
  // the Shortage that kept it from that: what was asked for stays, and is submitted by the next one. Throws
  // std::system_error for another failure.
  std::error_code enter(Duration timeout);
  // Lets the kernel make completions of what has ended. False when it cannot.
  bool make_completions();
  // Appends all completions that there are, in their order; those that there is no memory for stay for a later call.
  void take(std::vector<Completion>& completions);

  // True for all threads but the one that entered it first, and in forked children.
  bool elsewhere() const;
  // Gives the ring back to the kernel, which ends what is under way. What was not taken is lost, and of what was asked
  // for nothing else may follow.
  void abandon();
  bool abandoned() const { return ring_.ring_fd < 0; }

  // Writes to this eventfd(2) when there is something to take: the ring's own descriptor does not tell of it, since the
  // completions are not made before this thread enters. By the thread that enters the ring. Throws std::system_error.
  void notify(int descriptor);
  // Whether there is something to take, made already or to be made by the next enter().
  bool has_completions() const;

  io_uring& native() { return ring_; }  // for ReceiveBuffers

 private:
  bool entered() const { return thread_ != std::thread::id(); }
  struct Gathered;  // a message header and what it points to
  io_uring_sqe& entry();
  Gathered& gather();
  void enable();
  std::error_code submit();
  void forget_gathered();
  Completion read(const io_uring_cqe& cqe);

  static std::uint64_t user_data(Operation operation, Id id) {
    return std::uint64_t{static_cast<std::uint8_t>(operation)} << 60 | id.token();
  }

  io_uring ring_{};
  std::thread::id thread_;  // which entered it; none yet when empty
  ForkMark owner_;
  std::vector<std::unique_ptr<Gathered>> gathered_;
  std::size_t gathered_used_ = 0;
  ReceiveBuffers* stream_buffers_ = nullptr;
  ReceiveBuffers* datagram_buffers_ = nullptr;
};

}  // namespace eddy::driver
