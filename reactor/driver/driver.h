// Driver: how an operating system (or a simulation) is asked. It owns waiting, the clock and every socket call; the
// rest of the engine never makes a system call. One loop has one driver, on the loop's thread; only wake() is for any
// thread.
//
// The contract is completion-shaped: the engine starts things and is told outcomes, by the virtual functions of
// endpoint.h, from inside wait() alone. That fits io_uring, IOCP and a simulated network as they are, and readiness
// systems through ReadinessDriver.
//
// Rules that every driver keeps (tests/driver holds each against them):
//  - No call here runs an endpoint's function before it returns.
//  - After close() nothing more is reported for an endpoint, stream_released excepted.
//  - Work per wait() is bounded: one stream with endless input does not keep the others waiting.
//  - Extra wake-ups are allowed, missing ones are not.
//  - An error that a call can return at once is returned; a later one is reported.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reactor/address.h"
#include "reactor/block.h"
#include "reactor/driver/endpoint.h"
#include "reactor/driver/fork_mark.h"
#include "reactor/driver/shortage.h"
#include "reactor/driver/slot_table.h"
#include "reactor/driver/unix_path.h"
#include "reactor/options.h"
#include "reactor/owned_socket.h"
#include "reactor/peer_credentials.h"
#include "reactor/stats.h"
#include "reactor/time.h"

namespace eddy::driver {

// Of a socket that was released.
struct Unreported {
  std::vector<std::byte> input;
  std::vector<OwnedSocket> accepted;
};

class Driver {
 public:
  Driver(Stats& stats, BlockPool& pool) : stats_(stats), pool_(pool) {}
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  virtual ~Driver() = default;

  virtual std::string_view name() const = 0;

  // True in a forked child, until after_fork(): what the system has for this driver is the parent's, too. Then the
  // functions that close things close the child's descriptors and do nothing else; of all others only now(),
  // endpoints() and the questions after addresses may be called.
  bool in_child() const noexcept { return mark_.in_child(); }
  // In such a child: asks the system anew for all that the endpoints wait for, as this process' own. Throws
  // std::system_error, and may be called again then; std::logic_error where it cannot work.
  void after_fork() {
    if (!in_child()) return;
    register_anew();
    mark_ = ForkMark();
  }

  // Reads the clock.
  virtual TimePoint clock() = 0;
  // The clock when it was last looked at: by wait() when its waiting ended, and by refresh().
  TimePoint now() const { return now_; }
  void refresh() { now_ = clock(); }

  // Waits until something is to report or `deadline` is reached (one at or before now(): does not wait), and reports
  // it. While the system has no memory for that, it only sleeps, and Stats::wait_errors counts the attempts.
  virtual void wait(TimePoint deadline) = 0;
  // When wait() is to be called though the system has told nothing: TimePoint::min() when there is something to report
  // already, or to hand to the system; else the time of a retry, or `never`.
  virtual TimePoint next_deadline() const = 0;
  // Ends a wait under way, or the next one. Any thread, and signal handlers. Several before one wait are as one.
  virtual void wake() noexcept = 0;
  // Becomes readable when wait() would have something to report; empty where the system has no such thing.
  virtual std::optional<int> descriptor() { return {}; }

  // Streams. After adopt or a successful stream_connected a stream neither receives nor sends by itself. `to` stays
  // where it is until stream_connected or close().
  virtual std::error_code connect(Stream& stream, const Address& to, const Address* source,
                                  const SocketOptions& options) = 0;
  virtual std::error_code adopt(Stream& stream, NativeSocket connection) = 0;
  // Called once for each stream that is connected, so that peer_address() can answer when it has broken.
  virtual void remember_peer(const Stream& /*stream*/) {}
  // After receiving was turned off, what was under way may still arrive.
  virtual void receive(Stream& stream, bool on) = 0;
  // Offers stream.output to the system; it may be shorter on return, and stream_progress tells of more. When the
  // connection turns out to have broken, and input that arrived before is still to be delivered, that is no error here:
  // stream_failed comes behind the input. The same holds for flush_with.
  virtual std::error_code flush(Stream& stream) = 0;
  // Offers stream.output and then `more` at once; `taken` is how much of `more` the system took, by copying it.
  // A driver that cannot answer at once takes nothing.
  virtual std::error_code flush_with(Stream& stream, Bytes more, std::size_t& taken) = 0;
  // FIN. Only with an empty output queue. With `input_matters` as flush() says of a connection that has broken.
  virtual std::error_code end_output(Stream& stream, bool input_matters) = 0;
  // Closes (with RST when `reset`) and forgets. True when the stream and its output may go as soon as wait() has
  // returned; false when stream_released will say so, because the system still reads them.
  virtual bool close(Stream& stream, bool reset) = 0;
  // Of a TCP stream, behind end_output(): how many bytes of its output the peer has not acknowledged. 0 for a Unix
  // stream, from which closing takes nothing away, and where the system does not tell (Windows, OpenBSD).
  std::size_t unacknowledged(const Stream& stream) const;
  // Waits until every closed stream is released, and until the system holds nothing of acceptors, datagram sockets and
  // foreign descriptors: until the next wait() any thread may close those. Reports nothing else. May be called on any
  // thread when none turns the loop any more.
  virtual void come_to_rest() {}
  virtual void discard(NativeSocket connection) noexcept = 0;
  // Adopts a stream that was connected elsewhere, or a pipe, FIFO or terminal.
  std::error_code take(Stream& stream, OwnedSocket socket);

  // Acceptors. `local` gets the real address. Starts with accepting off.
  virtual std::error_code listen(Acceptor& acceptor, Address& local, const ListenOptions& options) = 0;
  // Listens by a duplicate of the socket of `other`, which another loop's driver has and nobody turns now. Both must
  // be `exclusive`.
  virtual std::error_code share(Acceptor& acceptor, const Acceptor& other) = 0;
  // Listens by a socket that was made elsewhere. `local` gets its address.
  virtual std::error_code take(Acceptor& acceptor, OwnedSocket socket, Address& local) = 0;
  virtual void accept(Acceptor& acceptor, bool on) = 0;
  virtual void close(Acceptor& acceptor) = 0;

  // Datagram sockets. Starts with receiving off.
  virtual std::error_code bind(Datagrams& socket, Address& local, const DatagramOptions& options) = 0;
  // The same with one that was made elsewhere. `local` gets its address.
  virtual std::error_code take(Datagrams& socket, OwnedSocket taken, Address& local) = 0;
  virtual std::error_code connect(Datagrams& socket, const Address& peer) = 0;
  // Joins or leaves the group of that address, at the interface of that number (0: the system chooses).
  virtual std::error_code set_membership(Datagrams& socket, const Address& group, unsigned interface_index,
                                         bool member) = 0;
  virtual void receive(Datagrams& socket, bool on) = 0;
  virtual void flush(Datagrams& socket) = 0;  // errors are reported by datagram_failed, from a later wait()
  virtual void close(Datagrams& socket) = 0;

  // Parts with the socket of a stream, acceptor or datagram socket, and with its file: they live on. Only close() may
  // follow. What had arrived and was not reported is added to `rest`, but for datagrams, which are lost. Empty, and
  // nothing done, when the system does not let go of it.
  virtual OwnedSocket release(Endpoint& endpoint, Unreported& rest) = 0;

  // Foreign descriptors, level-triggered.
  virtual std::error_code watch(Watched& watched, int descriptor, Interest interest) = 0;
  virtual std::error_code set_interest(Watched& watched, Interest interest) = 0;
  virtual void unwatch(Watched& watched) = 0;

  // Unnamed when the system does not know.
  virtual Address local_address(const Endpoint& endpoint) const = 0;
  virtual Address peer_address(const Endpoint& endpoint) const = 0;
  virtual Address peer_address(NativeSocket accepted) const = 0;  // of one that is neither adopted nor discarded yet
  // Empty when the stream is no Unix one, or the system does not know.
  virtual std::optional<PeerCredentials> peer_credentials(const Stream& stream) const = 0;

  SlotTable& endpoints() { return endpoints_; }
  const Shortage& shortage() const { return shortage_; }

 protected:
  void begin_shortage(std::error_code why) {
    ++stats_.wait_errors;
    shortage_.begin(why, now_);
  }

  // The file that an endpoint's bind has made goes with the endpoint.
  void keep_path(const Endpoint& endpoint, UnixPath path) {
    if (path) unix_paths_.insert_or_assign(endpoint.id.slot, std::move(path));
  }
  void leave_path(const Endpoint& endpoint) {
    if (const auto path = unix_paths_.find(endpoint.id.slot); path != unix_paths_.end()) path->second.release();
    drop_path(endpoint);
  }
  void drop_path(const Endpoint& endpoint) {
    if (!unix_paths_.empty() && endpoint.id != Id{}) unix_paths_.erase(endpoint.id.slot);
  }

  Stats& stats_;
  BlockPool& pool_;
  SlotTable endpoints_;
  TimePoint now_{};
  Shortage shortage_;  // of wait()

 private:
  virtual void register_anew() = 0;

  ForkMark mark_;
  std::unordered_map<std::uint32_t, UnixPath> unix_paths_;  // by slot
};

// Makes the driver of that name, or the best one that works when `name` is empty. `reason` says why this one was taken.
// Throws std::invalid_argument for an unknown name, std::runtime_error with the reason when it cannot be had.
std::unique_ptr<Driver> make_driver(std::string_view name, Stats& stats, BlockPool& pool, std::string& reason);

}  // namespace eddy::driver
