// Connection: one stream, TCP or Unix, accepted by a Listener or made by connect(). Sessions get it by reference in
// every callback; the reference is good until on_close returns. To hold on to a connection across callbacks keep its
// id() and ask Loop::find.
//
// All of it belongs to the loop's thread. No function here runs a callback before it returns (contract 1). Once the
// connection is closing they do nothing and say so: bool ones answer false, send answers `refused`.
//
//   connecting, or adopted --> open --> closing --> ended --> reported
// adopted: connected elsewhere, and on_open is due. open ends by itself when both directions have ended, or on an
// error. closing is what close() began: output drains, FIN goes out, input is read and discarded until the peer's FIN,
// or until patience ends (contract 7). ended: on_close is due. reported: it has been called; the memory goes when the
// system is done with it. flow.h has the state as a value.
//
// connection.cpp has the life of a connection, connection_input.cpp, connection_output.cpp, connection_descriptors.cpp,
// connection_session.cpp and connection_time.cpp what their names say.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "reactor/address.h"
#include "reactor/bytes.h"
#include "reactor/callback.h"
#include "reactor/driver/endpoint.h"
#include "reactor/error.h"
#include "reactor/flow.h"
#include "reactor/id.h"
#include "reactor/options.h"
#include "reactor/owned_socket.h"
#include "reactor/peer_credentials.h"
#include "reactor/places.h"
#include "reactor/session.h"
#include "reactor/session_factory.h"
#include "reactor/shared_bytes.h"
#include "reactor/time.h"
#include "reactor/timer_wheel.h"

namespace eddy {

class Loop;
class LoopCore;
class ListenerBase;

// Look at it: data that was refused is not sent later. Who means to lose it says so: void(peer.send(data)).
enum class [[nodiscard]] SendResult : std::uint8_t{
    accepted,
    accepted_above_high_mark,  // taken, but hold back: on_low tells when to go on
    refused,                   // nothing taken: at the output cap, over the loop's budget, finished, or closing
};

// A session that Connection::become made, in a block of its own. Not for users.
struct Successor {
  explicit Successor(const SessionTable& of_session) : table(of_session) {}
  Successor(const Successor&) = delete;
  Successor& operator=(const Successor&) = delete;
  virtual ~Successor() = default;
  const SessionTable& table;
};

class Connection : private driver::Stream, private TimerNode {
 public:
  // Queues all of `data`, or nothing. What one callback writes leaves together when it returns; a payload of 16 KiB or
  // more is offered to the system at once, and only what that does not take is copied. While connecting, data waits.
  // After a refusal for want of room on_low comes when there is some; data larger than the whole output cap (or the
  // loop's whole budget) is refused always, and no on_low follows from it.
  SendResult send(Bytes data);
  // Several pieces as one send: a header and its body. All or nothing, too.
  SendResult send(std::initializer_list<Bytes> pieces);
  // The same without copying.
  SendResult send(const SharedBytes& payload);

  // Over a Unix socket: copies `data`, at least a byte, and passes descriptors of files, sockets or pipes along
  // (unix(7), SCM_RIGHTS). The peer gets descriptors of its own for the same files with the first byte of `data`, in
  // order with all else that is sent. Those given are closed when the system has taken that byte, or when the
  // connection ends before. After `refused` the caller has them still, untouched. A process may have as many under way
  // as it may have open; one more ends the connection (ETOOMANYREFS).
  //   eddy::OwnedDescriptor file{::open(path, O_RDONLY | O_CLOEXEC)};
  //   void(peer.send("a file\n", std::move(file)));   // its session: session.h, on_descriptors
  // Throws std::invalid_argument when there is nothing to send, no descriptor, or more than 253 of them, and
  // std::system_error with std::errc::operation_not_supported on TCP, on pipes, and on Windows.
  SendResult send(Bytes data, OwnedDescriptor&& descriptor);
  SendResult send(Bytes data, std::vector<OwnedDescriptor>&& descriptors);

  // Calls back when the system has taken all that send has accepted until now: for what is sent piece by piece, or
  // metered. In the order of the calls; soon, but not inside this call, when nothing is queued. That the peer has it is
  // not said. After finish() and close() the callback still comes. It is destroyed without a call, before on_close,
  // when the connection ends earlier; so it may refer to the session, unless become() replaces that one. Each costs an
  // allocation of about 100 bytes that no limit counts: ask once for each piece, not for each byte. False, and the
  // callback is dropped, when the connection is closing. Throws std::bad_alloc, and then nothing has changed.
  //   void send_next(eddy::Connection& peer) {
  //     if (!file.read(piece)) return void(peer.finish());
  //     if (peer.send(piece) == eddy::SendResult::refused) return void(peer.abort());
  //     peer.when_sent([this](eddy::Connection& sent_to) { send_next(sent_to); });
  //   }
  bool when_sent(Callback<void(Connection&)> callback);

  // Half-close: FIN follows when the queue has drained. Receiving goes on; nothing more can be sent. For a pipe or a
  // terminal it is close().
  bool finish();
  // Ends both ways without losing what was sent. While connecting: gives up, with Errc::aborted.
  bool close();
  // The same, with a reason for on_close; for codecs and sessions that end a connection for cause.
  bool close(std::error_code why);
  // Reset (RST): drops the queue and what the peer has not read. on_close gets Errc::aborted.
  bool abort();

  // Gives the socket away, to another process or library. Nothing is sent or closed; on_close follows from the loop
  // with Errc::released, and knows no peer any more. Empty, and nothing done, unless the connection is open and all of
  // its output has left. While queued() is not 0 (on io_uring always right after a send) on_low comes when it is: try
  // again there. pause() until then leaves what arrives to the next owner.
  [[nodiscard]] std::optional<ReleasedConnection> release();

  // Stops and restarts receiving; the peer is held back by the kernel's window. on_data is not called while paused.
  // After resume() kept bytes are offered again from the loop even when nothing new has arrived.
  bool pause();
  bool resume();
  bool paused() const { return flow_.paused; }

  Id id() const { return driver::Endpoint::id; }
  Loop& loop() const { return *loop_; }
  bool closing() const { return flow_.life >= Flow::Life::closing; }  // or ended
  std::size_t queued() const { return output.size(); }  // bytes accepted by send and not taken by the system yet
  // Bytes that on_data left unconsumed. close() drops them.
  std::size_t kept() const { return input_ == nullptr ? 0 : input_->size(); }
  std::uint64_t bytes_in() const { return bytes_in_; }
  std::uint64_t bytes_out() const { return bytes_out_; }  // taken by the system
  TimePoint opened_at() const { return opened_at_; }

  // Each asks the system. The address is unnamed when the system does not know it, as for an unbound Unix socket. Both
  // still answer in on_close, whatever ended the connection (for an access log). Linux remembers the peer as long as
  // the socket is open; on the other systems the driver does, for 150 bytes a connection. While connecting, and in the
  // on_close of a connect that failed, the peer is the address that was tried last.
  Address local_address() const;
  Address peer_address() const;
  // Tells who the peer of a Unix connection is, also in on_close. Empty for TCP, and where the system does not tell
  // (Windows).
  //   void on_open(eddy::Connection& peer) {
  //     const auto who = peer.peer_credentials();
  //     if (!who || who->user != ::geteuid()) peer.abort();
  //   }
  std::optional<PeerCredentials> peer_credentials() const;

  const ConnectionOptions& options() const { return *options_; }
  // The options hold from now on. Time-outs count from the last activity, not from this call. Throws std::system_error
  // when a time-out is 0 or less.
  void set_options(const ConnectionOptions& options);

  // The session, if it is an S (for codecs, the outermost type: session<Lines<User>>()); null otherwise.
  template <Session S>
  S* session();

  // Gives the connection another session, from `factory()`, which is called at once: for a protocol that another one
  // begins with. The new session takes over when the callback under way has returned, or else from the loop, before any
  // other callback: the old one is destroyed without an on_close, the new one gets its on_open, and what on_data did
  // not consume is offered to it. All else goes on as it was: output, when_sent, pause, marks, time-outs. What the old
  // one was told of, the peer's end or a drain, is not told again. Descriptors arrive (on_descriptors) only when the
  // connection's first session takes them, too. Inside a codec the message under way is the codec's last one: what
  // follows belongs to the new session (protocols/codec.h).
  //   void on_line(eddy::Connection& peer, std::string_view line) {
  //     if (line != "upgrade frames") return answer(peer, line);
  //     peer.send("ready\n");
  //     peer.become<eddy::Frames<Chat>>([&] { return eddy::Frames<Chat>(Chat(user)); });
  //   }
  // When there are several calls before it takes over, the last one counts. False, and the factory is not called,
  // unless the connection is open: before on_open, after close(), in on_close. When the connection closes or ends
  // before the new session takes over, that one is destroyed without a callback, and the old one gets on_close. What
  // the factory throws leaves this function, and the connection keeps its session.
  template <class S, class Factory>
  bool become(Factory factory);
  template <class S>
  requires std::default_initializable<S>
  bool become() {
    return become<S>([] { return S(); });
  }
  // Whether become() was called and the new session has not taken over yet. Codecs ask.
  bool becoming() const { return flow_.becoming; }

  // The operating system's handle, for options that eddy does not know. Do not read, write, close, or dup it.
  driver::NativeSocket native_handle() const { return socket; }

 protected:
  Connection(Loop& loop, const SessionTable& table, std::shared_ptr<const ConnectionOptions> options);
  ~Connection() override;
  // Whether the session of that table has it: it may have been destroyed for another one.
  bool has_session_of(const SessionTable& table) const { return table_ == &table; }

 private:
  friend class LoopCore;
  friend class ListenerBase;
  friend Connection& start_connecting(std::unique_ptr<Connection>, std::vector<Address>, const ConnectOptions&);
  friend Connection& start_adopted(std::unique_ptr<Connection>, ReleasedConnection);
  friend std::default_delete<Connection>;
  template <class S>
  friend struct SuccessorOf;
  struct Attempt;  // what is left of a connect: addresses, settings, deadline
  struct Extras;   // what few connections have, or for a short time alone

  // driver::Stream
  void stream_connected(std::error_code result) override;
  void stream_data(Bytes data) override;
  void stream_descriptors(std::vector<OwnedDescriptor> descriptors, Bytes data) override;
  void stream_end() override;
  void stream_progress(std::size_t taken) override;
  void stream_failed(std::error_code why) override;
  void stream_released() override;
  // TimerNode
  void expired(TimePoint now) override;

  LoopCore& core() const;
  template <class F>
  void call_session(F&& callback) {
    callback_begins();
    try {
      callback();
    } catch (...) {
      callback_threw();
    }
  }
  // The same for all but on_data and on_close; then a session that became this one's takes over.
  template <class F>
  void call_back(F&& callback) {
    call_session(std::forward<F>(callback));
    take_over();
  }
  void callback_begins();
  void callback_threw();
  Extras& extras();
  Attempt* attempt() const;  // null when it does not connect, nor failed to

  // Session
  virtual void destroy_first_session() noexcept = 0;  // which lies in the connection's own block
  bool give(std::unique_ptr<Successor> session);
  // The session that become() made takes over, if there is one.
  void take_over() {
    if (flow_.becoming && flow_.life == Flow::Life::open) change_session();
  }
  void change_session();
  Successor& successor() const;

  // Life
  // Comes before anything that an adopted connection is told.
  void open_adopted() {
    if (flow_.life == Flow::Life::adopted) opened();
  }
  void opened();
  void next_attempt(std::error_code last_failure);
  bool begin_close(std::error_code why);
  void drain();
  void end(std::error_code why, bool reset = false);
  void report_end();
  void leave_to_parent();
  void let_go();
  // Has process() called at step 5 of the turn.
  void mark_pending();
  // The same in this turn, or in the next one before anything else: kept input is to be offered.
  void mark_due();
  // Does all that waits for the current callback to return: kept input, output, marks, half-close, the end.
  void process();

  // Input
  void update_receiving();
  void note_received(std::size_t count);
  void deliver(Bytes data);
  void offer_kept();
  void after_offer(std::size_t consumed, std::size_t offered);
  void keep(Bytes rest, bool within_limits);
  void make_room(std::size_t count);
  void drop_kept(std::size_t count);
  void tell_end();

  // Output
  // `count` bytes are to be queued; the loop does not hold `memory` of them yet.
  bool may_queue(std::size_t count, std::size_t memory);
  void await_memory(std::size_t memory);
  void memory_freed();
  void set_low(Flow::Low low);
  SendResult queue(std::span<const Bytes> pieces);
  void check_descriptors(Bytes data, std::span<const OwnedDescriptor> descriptors) const;
  SendResult queue(Bytes data, std::span<OwnedDescriptor> descriptors);
  SendResult accepted();
  SendResult out_of_memory();
  void flush();
  void note_taken(std::size_t count);
  void tell_marks();
  void tell_low();
  void tell_sent();
  void settle();  // takes the next step of finish() and close() once the queue is empty

  // Time
  bool lingers() const;  // FIN is out, and close() waits for the peer's
  void linger_on_or_end(TimePoint now);
  TimePoint next_deadline() const;
  void set_deadline();

  Flow flow_;
  bool offering_kept_ = false;  // on_data has it
  Loop* loop_;
  const SessionTable* table_;
  std::shared_ptr<const ConnectionOptions> options_;
  Block* input_ = nullptr;  // kept input
  std::unique_ptr<Extras> extras_;
  Place place_;  // at the listener that admitted it
  std::error_code why_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  TimePoint opened_at_{};
  TimePoint last_activity_{};
  TimePoint output_since_{};  // how long the peer has been waited for: to take output or, behind the FIN, to end
};

// The block that holds connection and session together: one allocation.
template <class S>
class ConnectionOf final : public Connection {
  static_assert(check_session<S>());

 public:
  template <class Factory>
  ConnectionOf(Loop& loop, std::shared_ptr<const ConnectionOptions> options, Factory& factory)
      : Connection(loop, table, std::move(options)), first_(factory) {}
  ~ConnectionOf() override {
    if (has_session_of(table)) first_.~First();
  }

  static const SessionTable table;

 private:
  friend class Connection;
  struct First {
    template <class Factory>
    explicit First(Factory& factory) : session(factory()) {}
    S session;
  };
  static S& of(Connection& connection) { return static_cast<ConnectionOf&>(connection).first_.session; }
  void destroy_first_session() noexcept override { first_.~First(); }
  union {  // since it may go before the connection does
    First first_;
  };
};

template <class S>
struct SuccessorOf final : Successor {
  static_assert(check_session<S>());

  template <class Factory>
  explicit SuccessorOf(Factory& factory) : Successor(table), session(factory()) {}

  static S& of(Connection& connection) { return static_cast<SuccessorOf&>(connection.successor()).session; }
  static const SessionTable table;
  S session;
};

// Constant: a static object may accept or connect before main().
template <class S>
constinit const SessionTable ConnectionOf<S>::table = table_of<S, &ConnectionOf<S>::of>();
template <class S>
constinit const SessionTable SuccessorOf<S>::table = table_of<S, &SuccessorOf<S>::of>();

template <Session S>
S* Connection::session() {
  if (has_session_of(ConnectionOf<S>::table)) return &ConnectionOf<S>::of(*this);
  return has_session_of(SuccessorOf<S>::table) ? &SuccessorOf<S>::of(*this) : nullptr;
}

template <class S, class Factory>
bool Connection::become(Factory factory) {
  if constexpr (check_factory<S, Factory>()) {
    return flow_.life == Flow::Life::open && give(std::make_unique<SuccessorOf<S>>(factory));
  } else {
    return false;
  }
}

}  // namespace eddy
