// Datagram<S>: a UDP or Unix datagram socket with a session S.
//
//   struct EchoBack {
//     void on_datagram(eddy::DatagramSocket& socket, eddy::Bytes payload, const eddy::Address& from);   // required
//     void on_error(eddy::DatagramSocket& socket, std::error_code why);     // see below; the socket lives on
//     void on_low(eddy::DatagramSocket& socket);                            // room again after a refused send
//   };
//
// A session that has one of these names in another form does not compile.
//
// Receiving and sending are batched (recvmmsg and sendmmsg where the system has them): what one turn delivers arrives
// by few calls, and what callbacks send in one batch leaves in one. Linux also takes and gives several datagrams of one
// size and peer as one message (UDP_SEGMENT, UDP_GRO); they are still delivered one by one. Delivery, order and
// uniqueness are not promised by UDP and are not added here.
//
// on_error tells of one datagram: that it could not be sent, that the peer's host refused it (ECONNREFUSED), or that it
// arrived and was longer than 64 KiB, as one over a Unix socket may be (Errc::datagram_too_long): that one is dropped,
// never delivered in part, and counted (Stats::datagrams_truncated).
#pragma once

#include <concepts>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "reactor/address.h"
#include "reactor/bytes.h"
#include "reactor/connection.h"
#include "reactor/datagram_path.h"
#include "reactor/driver/endpoint.h"
#include "reactor/lifetime.h"
#include "reactor/loop.h"
#include "reactor/loop_member.h"
#include "reactor/options.h"
#include "reactor/owned_socket.h"
#include "reactor/session.h"

namespace eddy {

// Belongs to the loop's thread and must not outlive the loop: ~Loop names one that does and closes it. Destroying it
// closes it, also from inside its own callback, which must not touch its session after that.
class DatagramSocket : private driver::Datagrams, private LoopMember {
 public:
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;
  ~DatagramSocket() override;

  // Queues one datagram; it leaves when the callback (or the turn) ends. `refused` when the queue is at
  // DatagramOptions::output_cap or the socket is closed; on_low then tells when half of it is free again, unless the
  // payload is longer than all of it. Never runs a callback before it returns. A payload that the system refuses
  // (EMSGSIZE) comes to on_error.
  SendResult send_to(const Address& to, Bytes payload);
  // To the connected peer.
  SendResult send(Bytes payload);
  // From an address of this machine that is not the bound one, or by an interface. What the system cannot send from
  // comes to on_error. Linux; elsewhere, and when the addresses are of different families, throws std::system_error.
  SendResult send_to(const Address& to, Bytes payload, const DatagramSource& source);

  // Inside on_datagram: tells where its datagram has arrived, if DatagramOptions::arrival was set. The addresses are
  // unnamed otherwise, and outside of on_datagram.
  DatagramArrival arrival() const;
  // Inside on_datagram: sends to its sender, and with DatagramOptions::arrival from the address that the sender wrote
  // to. Else the system chooses the address, and with several, bound to 0.0.0.0, the sender may not expect it:
  //   eddy::Datagram<Names> names{loop, "udp://0.0.0.0:53", {.arrival = true}};
  //   void Names::on_datagram(eddy::DatagramSocket& socket, eddy::Bytes in, const eddy::Address&) {
  //     socket.answer(look_up(in));
  //   }
  SendResult answer(Bytes payload);

  // Receives what is sent to the group, "239.1.2.3" or "ff02::123", until leave() or close(), at the interface of that
  // name or number (empty: the system's choice). Bind to the group's port. Throws std::system_error.
  //   eddy::Datagram<Finder> finder{loop, "udp://0.0.0.0:5353", {.reuse_address = true}};
  //   finder.join("224.0.0.251", "eth0");
  void join(std::string_view group, std::string_view interface_name = {});
  void leave(std::string_view group, std::string_view interface_name = {});

  // Fixes the peer: only its datagrams are received, and its host's refusals are reported. Throws std::system_error;
  // with Errc::loop_gone when the loop is gone.
  void connect(std::string_view peer);

  // What was received by then, a batch at most, is still delivered.
  void pause();
  void resume();

  // Closes the socket at once; what is still queued is dropped. Also done by the destructor.
  void close();
  bool closed() const { return driver::Endpoint::id == Id{}; }
  // Sends what is queued, closes, and gives the socket away; a Unix socket's file stays. Datagrams that were taken
  // from the system already, and on_datagram was not given, are lost: of the batch that is being delivered, and on
  // io_uring what the kernel had received. Empty, and nothing done, when the socket is closed or not all of the queue
  // leaves.
  [[nodiscard]] OwnedSocket release();
  // The operating system's handle, for options that eddy does not know. Do not receive from it, or close it.
  driver::NativeSocket native_handle() const { return socket; }

  const Address& address() const EDDY_LIFETIMEBOUND { return address_; }  // bound here, with the real port
  std::size_t queued() const { return queue.bytes(); }
  Id id() const { return driver::Endpoint::id; }
  Loop& loop() const { return loop_; }  // must not be called when the loop is gone

 protected:
  // Binds; `local` like udp://*:7 or unixgram:/path, or a bare "udp://*:0" for a client. Throws std::system_error.
  DatagramSocket(Loop& loop, std::string_view local, const DatagramOptions& options);
  DatagramSocket(Loop& loop, OwnedSocket taken, const DatagramOptions& options);
  void start();

 private:
  friend class LoopCore;
  virtual void session_datagram(Bytes payload, const Address& from) = 0;
  virtual void session_error(std::error_code why) = 0;
  virtual void session_low() = 0;

  // driver::Datagrams
  void datagram_received(Bytes payload, const Address& from) override;
  void datagram_batch_end() override;
  void datagram_progress() override;
  void datagram_failed(std::error_code why) override;

  // LoopMember
  std::string what_it_is() const override;
  void loop_ends() override { close(); }

  std::size_t filled() const;  // of output_cap
  SendResult queue_datagram(const Address* to, Bytes payload, const driver::DatagramQueue::Source* source = nullptr);
  void set_membership(std::string_view group, std::string_view interface_name, bool member);
  template <class Open>
  void opened(Open open);
  void process();

  Loop& loop_;
  Address address_;
  std::size_t output_cap_;
  bool refused_ = false;             // on_low is owed
  const Address* sender_ = nullptr;  // of the datagram that on_datagram has
};

template <class S>
concept DatagramSession = requires(S& session, DatagramSocket& socket, Bytes payload, const Address& from) {
  { session.on_datagram(socket, payload, from) } -> std::same_as<void>;
};
template <class S>
concept HasOnSocketError = requires(S& s, DatagramSocket& socket, std::error_code why) {
  { s.on_error(socket, why) } -> std::same_as<void>;
};
template <class S>
concept HasOnSocketLow = requires(S& s, DatagramSocket& socket) {
  { s.on_low(socket) } -> std::same_as<void>;
};
EDDY_CALLBACK_NAME(on_error);

template <class S>
class Datagram final : public DatagramSocket {
  static_assert(DatagramSession<S>,
                "on_datagram must be: void on_datagram(eddy::DatagramSocket&, eddy::Bytes, const eddy::Address&), and "
                "public");
  static_assert(HasOnSocketError<S> || !names_on_error<S>,
                "on_error must be: void on_error(eddy::DatagramSocket&, std::error_code), and public");
  static_assert(HasOnSocketLow<S> || !names_on_low<S>,
                "on_low must be: void on_low(eddy::DatagramSocket&), and public");

 public:
  // The session is default-constructed.
  [[nodiscard]] Datagram(Loop& loop, std::string_view local,
                         const DatagramOptions& options = {}) requires std::default_initializable<S>
      : DatagramSocket(loop, local, options), session_() {
    start();
  }
  // The session is what `factory()` returns.
  template <class Factory>
  requires std::is_invocable_r_v<S, Factory&>
  [[nodiscard]] Datagram(Loop& loop, std::string_view local, Factory factory, const DatagramOptions& options = {})
      : DatagramSocket(loop, local, options), session_(factory()) {
    start();
  }
  // The same with a socket that was made elsewhere (owned_socket.h). Of the options output_cap alone counts; the socket
  // keeps its own. Throws std::system_error when it is no datagram socket of UDP or Unix.
  [[nodiscard]] Datagram(Loop& loop, OwnedSocket taken,
                         const DatagramOptions& options = {}) requires std::default_initializable<S>
      : DatagramSocket(loop, std::move(taken), options), session_() {
    start();
  }
  template <class Factory>
  requires std::is_invocable_r_v<S, Factory&>
  [[nodiscard]] Datagram(Loop& loop, OwnedSocket taken, Factory factory, const DatagramOptions& options = {})
      : DatagramSocket(loop, std::move(taken), options), session_(factory()) {
    start();
  }
  ~Datagram() override { close(); }

  S& session() EDDY_LIFETIMEBOUND { return session_; }

 private:
  void session_datagram(Bytes payload, const Address& from) override {
    if constexpr (DatagramSession<S>) session_.on_datagram(*this, payload, from);
  }
  void session_error(std::error_code why) override {
    if constexpr (HasOnSocketError<S>) session_.on_error(*this, why);
  }
  void session_low() override {
    if constexpr (HasOnSocketLow<S>) session_.on_low(*this);
  }

  S session_;
};

}  // namespace eddy
