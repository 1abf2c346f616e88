// Datagram<S>: a UDP or Unix datagram socket with a session S.
//
//   struct EchoBack {
//     void on_datagram(eddy::DatagramSocket& socket, eddy::Bytes payload, const eddy::Address& from);   // required
//     // A datagram could not be sent, or the peer's host said so (ECONNREFUSED); the socket lives on.
//     void on_error(eddy::DatagramSocket& socket, std::error_code why);
//     void on_low(eddy::DatagramSocket& socket);                          // room again after a refused send
//   };
//
// A session that has one of these names in another form does not compile.
//
// Receiving and sending are batched (recvmmsg and sendmmsg where the system has them): what one turn delivers arrives
// by few calls, and what callbacks send in one batch leaves in one. Linux also takes and gives several datagrams of one
// size and peer as one message (UDP_SEGMENT, UDP_GRO); they are still delivered one by one. Delivery, order and
// uniqueness are not promised by UDP and are not added here. A datagram longer than 64 KiB is counted and dropped,
// never delivered in part.
#pragma once

#include <concepts>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "reactor/address.h"
#include "reactor/bytes.h"
#include "reactor/connection.h"
#include "reactor/driver/endpoint.h"
#include "reactor/lifetime.h"
#include "reactor/loop.h"
#include "reactor/options.h"
#include "reactor/session.h"

namespace eddy {

class DatagramSocket : private driver::Datagrams {
 public:
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;
  ~DatagramSocket() override;

  // Queues one datagram; it leaves when the callback (or the turn) ends. `refused` when the queue is at
  // DatagramOptions::output_cap or the socket is closed; on_low then tells when half of it is free again. Never runs a
  // callback before it returns. A payload that the system refuses (EMSGSIZE) comes to on_error.
  SendResult send_to(const Address& to, Bytes payload);
  // To the connected peer.
  SendResult send(Bytes payload);

  // Fixes the peer: only its datagrams are received, and its host's refusals are reported. Throws std::system_error.
  void connect(std::string_view peer);

  // What was received by then, a batch at most, is still delivered.
  void pause();
  void resume();

  // Closes the socket at once; what is still queued is dropped. Also done by the destructor. The socket object must not
  // be destroyed from inside one of its own callbacks: close() there, and destroy it later.
  void close();
  bool closed() const { return driver::Endpoint::id == Id{}; }

  const Address& address() const EDDY_LIFETIMEBOUND { return address_; }  // bound here, with the real port
  std::size_t queued() const { return queue.bytes(); }
  Id id() const { return driver::Endpoint::id; }
  Loop& loop() const { return loop_; }

 protected:
  // Binds; `local` like udp://*:7 or unixgram:/path, or a bare "udp://*:0" for a client. Throws std::system_error.
  DatagramSocket(Loop& loop, std::string_view local, const DatagramOptions& options);
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

  SendResult queue_datagram(const Address* to, Bytes payload);
  void process();

  Loop& loop_;
  Address address_;
  std::size_t output_cap_;
  bool refused_ = false;  // on_low is owed
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
