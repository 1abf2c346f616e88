// Endpoints: what a driver knows of the engine's objects. Connection, ListenerBase, DatagramSocket and the object
// behind a Watch derive from these; the driver calls the virtual functions, always from Driver::wait and never from
// inside a call that the engine makes to the driver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <system_error>
#include <vector>

#include "reactor/address.h"
#include "reactor/bytes.h"
#include "reactor/datagram_path.h"
#include "reactor/driver/datagram_queue.h"
#include "reactor/driver/native_socket.h"
#include "reactor/id.h"
#include "reactor/intrusive_list.h"
#include "reactor/output_queue.h"
#include "reactor/owned_socket.h"
#include "reactor/watch.h"

namespace eddy::driver {

enum class Kind : std::uint8_t { stream, acceptor, datagrams, watched };

using DriverNode = ListNode<struct DriverList>;    // of the driver's lists: what it comes back to
using PendingNode = ListNode<struct PendingList>;  // of the engine's: LoopCore::mark_pending

class Endpoint : public DriverNode, public PendingNode {
 public:
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  Id id{};  // from the first successful or failed connect, adopt, listen, bind or watch until close

  // The driver's own, for its use alone. Each driver names the bits of each kind (FlagsOf).
  NativeSocket socket = no_socket;
  std::uint16_t flags = 0;
  std::uint16_t broken_by = 0;  // of a stream: the system's code, to be reported behind the input
  std::uint8_t armed = 0;       // what the system has been asked for
  std::uint8_t expected = 0;    // what it has yet to tell

  const Kind kind;

 protected:
  explicit Endpoint(Kind of_kind) : kind(of_kind) {}
  virtual ~Endpoint() = default;
};

// Of Endpoint::armed and Endpoint::expected.
inline std::uint8_t without(std::uint8_t bits, unsigned gone) { return static_cast<std::uint8_t>(bits & ~gone); }

// An endpoint's flags by the names that an enumeration gives to its bits.
template <class Flag>
class FlagsOf {
 public:
  explicit FlagsOf(Endpoint& endpoint) : bits_(endpoint.flags) {}

  bool has(Flag flag) const { return (bits_ & bit(flag)) != 0; }
  void set(Flag flag, bool on = true) {
    bits_ = static_cast<std::uint16_t>(on ? bits_ | bit(flag) : bits_ & ~bit(flag));
  }
  void clear(Flag flag) { set(flag, false); }

 private:
  static unsigned bit(Flag flag) { return 1U << static_cast<unsigned>(flag); }
  std::uint16_t& bits_;
};

class Stream : public Endpoint {
 public:
  // To be said before connect() or adopt(). Only of TCP does a read that falls short prove that the socket is empty: a
  // Unix socket ends a read at a message with a descriptor attached, whatever lies behind it.
  bool is_tcp = false;
  // Of a pipe, FIFO or terminal, which has no socket calls (pipe.h): the directions it is open for. Set by
  // Driver::take.
  Interest pipe = Interest::none;
  // To be said before connect() or adopt(): whether stream_descriptors is for anything. Without it peers may attach
  // nothing (allow_attaching).
  bool wants_descriptors = false;

  bool is_pipe() const { return pipe != Interest::none; }
  bool takes_descriptors() const { return wants_descriptors && !is_tcp && !is_pipe(); }

  OutputQueue output;

  // On failure the driver has dropped the socket: the next connect() may follow, or close().
  virtual void stream_connected(std::error_code result) = 0;
  // The bytes are the driver's and good until the call returns.
  virtual void stream_data(Bytes data) = 0;
  // The same, with the descriptors that the peer has attached to one of the bytes. Comes only for a Unix stream that
  // wants descriptors.
  virtual void stream_descriptors(std::vector<OwnedDescriptor> descriptors, Bytes data) = 0;
  virtual void stream_end() = 0;  // the peer's FIN; the last of receiving
  // The system took so many bytes of the output, outside a call of the engine's.
  virtual void stream_progress(std::size_t taken) = 0;
  // Broken. Only stream_released follows.
  virtual void stream_failed(std::error_code why) = 0;
  // After a close() that answered false: the kernel is done with the stream's memory.
  virtual void stream_released() = 0;

 protected:
  Stream() : Endpoint(Kind::stream) {}
  ~Stream() override = default;
};

class Acceptor : public Endpoint {
 public:
  bool exclusive = false;          // its socket is shared by several loops, of which one is to wake for each connection
  bool wants_descriptors = false;  // its streams do (Stream::wants_descriptors); to be said before listen() or take()

  // The driver's own: how many accepts it tries at the next event, whether it may use the reserve descriptor, and
  // whether it tells each accepted socket that its close is a reset.
  int accept_batch = 1;
  bool may_shed = true;
  int lost_in_a_row = 0;  // connections that were gone when they were accepted (accept_failure.h)
  bool resets_accepted = false;

  // The socket is now the callee's: give it to Driver::adopt or Driver::discard.
  virtual void accepted(NativeSocket connection) = 0;
  // Out of descriptors or memory, forbidden, or the like: the next accept would fail, too. Accepting is paused. `shed`:
  // the reserve descriptor was used to close one waiting connection.
  virtual void accept_failed(std::error_code why, bool shed) = 0;

 protected:
  Acceptor() : Endpoint(Kind::acceptor) {}
  ~Acceptor() override = default;
};

using RetryNode = ListNode<struct RetryList>;  // of the driver's list of sockets whose receivers are full

class Datagrams : public Endpoint, public RetryNode {
 public:
  DatagramQueue queue;
  bool combined = false;       // a message that is received may be several datagrams
  bool tells_arrival = false;  // `arrived` is about the datagram that datagram_received has
  DatagramArrival arrived;

  // The driver's own. An error that a peer's host has caused is told once: one that comes again and again lasts.
  static constexpr int lasting = 8;
  int receive_failures = 0;  // in a row

  virtual void datagram_received(Bytes payload, const Address& from) = 0;
  virtual void datagram_batch_end() = 0;  // after the last datagram_received of a batch
  virtual void datagram_progress() = 0;   // the system took some of the queue outside a call to flush()
  // One datagram could not be sent or received; the socket lives on.
  virtual void datagram_failed(std::error_code why) = 0;

 protected:
  Datagrams() : Endpoint(Kind::datagrams) {}
  ~Datagrams() override = default;
};

class Watched : public Endpoint {
 public:
  virtual void watched_ready(Ready ready) = 0;

 protected:
  Watched() : Endpoint(Kind::watched) {}
  ~Watched() override = default;
};

}  // namespace eddy::driver
