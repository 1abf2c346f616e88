// Ring: one io_uring instance, of the loop that owns it. Hands out submission entries, enters the kernel once a turn,
// and gives completions.
//
// Set up with SINGLE_ISSUER and DEFER_TASKRUN (io_uring_setup(2)): completions are produced only while this thread
// waits, so that nothing interrupts a callback and one enter brings them all. The price: the thread of the first
// enter() is the ring's for good; another, or a forked child, can only abandon() it.
#pragma once

#include <liburing.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "reactor/address.h"
#include "reactor/bytes.h"
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
  hangup,
  receive_datagrams,
  writable,
  watch,
};

struct Completion {
  Operation operation = Operation::none;
  Id id;
  std::int32_t result = 0;  // negative: an errno
  std::uint32_t flags = 0;  // IORING_CQE_F_*

  bool more() const { return (flags & IORING_CQE_F_MORE) != 0; }
};

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
  // completion; what else describes the operation is kept here until the kernel has read it.
  void accept(Id id, int socket);  // again and again
  void accept_one(Id id, int socket);
  void connect(Id id, int socket, const Address& to);
  void receive(Id id, int socket, std::uint16_t buffers);  // again and again
  // Again and again, each with so much room for control messages in front.
  void receive_datagrams(Id id, int socket, std::size_t control_size, std::uint16_t buffers);
  void send(Id id, int socket, std::span<const Bytes> pieces);
  void poll_once(Operation operation, Id id, int descriptor, unsigned events);
  void poll_changes(Operation operation, Id id, int descriptor, unsigned events);  // again and again

  // Asks for the end of all that is under way on a descriptor, or of one operation. Their own completions tell.
  void cancel_all(int descriptor);
  void cancel(Operation operation, Id id);
  // Returns when that operation is not under way any more. Its last completion has yet to be taken.
  void cancel_and_wait(Operation operation, Id id);

  // Submits, waits for a completion until `timeout` is over (unlimited; zero: not at all), and takes at most as many
  // as fit. One system call.
  std::span<const Completion> enter(Duration timeout);

  // True for all threads but the one that entered it first, and in its process' children.
  bool elsewhere() const;
  // Gives the ring back to the kernel, which ends what is under way. Nothing but the destructor may follow.
  void abandon();
  bool abandoned() const { return ring_.ring_fd < 0; }

  int descriptor() const { return ring_.ring_fd; }
  io_uring& native() { return ring_; }  // for ReceiveBuffers

 private:
  struct Gathered;  // a message header and what it points to
  io_uring_sqe& entry();
  Gathered& gather();
  void enable();
  void submit();
  bool has_ended(Operation operation, Id id);
  void forget_gathered();

  static std::uint64_t user_data(Operation operation, Id id) {
    return std::uint64_t{static_cast<std::uint8_t>(operation)} << 60 | id.token();
  }

  io_uring ring_{};
  std::thread::id thread_;  // which entered it; none yet when empty
  int process_ = 0;
  std::vector<std::unique_ptr<Gathered>> gathered_;
  std::size_t gathered_used_ = 0;
  std::array<Completion, 1024> completions_;
  std::size_t taken_ = 0;  // of completions_, by the last enter()
};

}  // namespace eddy::driver
