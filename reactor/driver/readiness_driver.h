// ReadinessDriver: the driver for systems that tell when a call would succeed. It makes the calls; a Poller tells when.
//
// A direction is ready until a call falls short; then Edges is told to report it when it is ready again. With an
// edge-triggered poller a stream is registered once and for all. A read that fills less than the buffer has emptied the
// socket, so no second call is made only to fail; bytes or a FIN that arrive later are a new edge. The exception is a
// FIN or an urgent mark that was announced together with the data: `to_the_end` keeps the direction ready until a read
// would block.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reactor/driver/datagram_batch.h"
#include "reactor/driver/datagram_options.h"
#include "reactor/driver/datagram_sender.h"
#include "reactor/driver/driver.h"
#include "reactor/driver/edges.h"
#include "reactor/driver/socket.h"
#include "reactor/driver/socket_calls.h"
#include "reactor/driver/unix_access.h"

namespace eddy::driver {

class ReadinessDriver final : public Driver {
 public:
  ReadinessDriver(Stats& stats, BlockPool& pool, std::unique_ptr<Poller> poller);
  ~ReadinessDriver() override;

  std::string_view name() const override { return edges_.levels().name(); }
  TimePoint clock() override { return std::chrono::steady_clock::now(); }
  void wait(TimePoint deadline) override;
  TimePoint next_deadline() const override;
  void wake() noexcept override { edges_.levels().wake(); }
  std::optional<int> descriptor() override { return edges_.levels().descriptor(); }

  std::error_code connect(Stream& stream, const Address& to, const Address* source,
                          const SocketOptions& options) override;
  std::error_code adopt(Stream& stream, NativeSocket connection) override;
  void remember_peer(const Stream& stream) override;
  void receive(Stream& stream, bool on) override;
  std::error_code flush(Stream& stream) override;
  std::error_code flush_with(Stream& stream, Bytes more, std::size_t& taken) override;
  std::error_code end_output(Stream& stream, bool input_matters) override;
  bool close(Stream& stream, bool reset) override;
  void discard(NativeSocket connection) noexcept override { driver::close(connection); }

  std::error_code listen(Acceptor& acceptor, Address& local, const ListenOptions& options) override;
  std::error_code share(Acceptor& acceptor, const Acceptor& other) override;
  using Driver::take;
  std::error_code take(Acceptor& acceptor, OwnedSocket socket, Address& local) override;
  void accept(Acceptor& acceptor, bool on) override;
  void close(Acceptor& acceptor) override;

  std::error_code bind(Datagrams& socket, Address& local, const DatagramOptions& options) override;
  std::error_code take(Datagrams& socket, OwnedSocket taken, Address& local) override;
  std::error_code connect(Datagrams& socket, const Address& peer) override;
  std::error_code set_membership(Datagrams& socket, const Address& group, unsigned interface_index,
                                 bool member) override {
    return driver::set_membership(socket.socket, group, interface_index, member);
  }
  void receive(Datagrams& socket, bool on) override;
  void flush(Datagrams& socket) override;
  void close(Datagrams& socket) override;

  OwnedSocket release(Endpoint& endpoint, Unreported& rest) override;

  std::error_code watch(Watched& watched, int descriptor, Interest interest) override;
  std::error_code set_interest(Watched& watched, Interest interest) override;
  void unwatch(Watched& watched) override;

  Address local_address(const Endpoint& endpoint) const override;
  Address peer_address(const Endpoint& endpoint) const override;
  Address peer_address(NativeSocket accepted) const override { return peer_address_of(accepted, true); }
  std::optional<PeerCredentials> peer_credentials(const Stream& stream) const override {
    return peer_credentials_of(stream.socket);
  }

 private:
  enum class StreamFlag : std::uint8_t {
    receiving,   // the engine wants input
    readable,    // until a read falls short
    writable,    // until a write falls short
    to_the_end,  // a read that falls short leaves it readable, one that would block does not
    connecting,
    connected,  // at once, which is to be reported
    broken,     // by Endpoint::broken_by, which is told when there is no more input to deliver
    failed,     // stream_failed was told
  };
  using StreamFlags = FlagsOf<StreamFlag>;
  enum class DatagramFlag : std::uint8_t { receiving, readable, writable };
  using DatagramFlags = FlagsOf<DatagramFlag>;

  void register_anew() override;
  std::span<const PollEvent> wait_for_events(Duration timeout);
  void dispatch_events();
  void dispatch(const PollEvent& event);

  // Streams
  void stream_event(Stream& stream, const PollEvent& event);
  void connect_event(Stream& stream, const PollEvent& event);
  // Does what is due, in the one order: read, write, error, end. `dead`: an event has said that both directions are.
  void step(Stream& stream, bool write_due = false, bool dead = false);
  static bool may_read(Stream& stream);
  bool read(Stream& stream);  // true at the end of the input
  std::error_code write(Stream& stream, std::span<const Bytes> pieces, std::size_t& taken);
  std::error_code tell_behind_input(Stream& stream, std::error_code error);
  static void note_broken(Stream& stream, std::error_code error);
  static void break_stream(Stream& stream, std::error_code why);
  std::error_code register_stream(Stream& stream, BoundSocket& socket, Interests expected);

  // Acceptors
  void add(Acceptor& acceptor, BoundSocket socket);
  void accept_some(Acceptor& acceptor);

  // Datagram sockets
  std::error_code add(Datagrams& socket, BoundSocket opened, const Address& local);
  void datagram_event(Datagrams& socket, const PollEvent& event);
  void read(Datagrams& socket);

  // Foreign descriptors
  static void watched_event(Watched& watched, const PollEvent& event);
  void end_watch_of(NativeSocket number);

  void come_back_to(Endpoint& endpoint);
  void run_ready();
  static std::error_code error_of(NativeSocket socket, const PollEvent& event);
  void drop_socket(Endpoint& endpoint);
  void forget(Endpoint& endpoint);

  Edges edges_;
  std::span<const PollEvent> events_;         // of the last wait, not dispatched yet
  std::vector<std::byte> buffer_;             // what streams are read into
  std::array<Bytes, most_pieces> pieces_;     // what one send gathers; here, so that not each clears it
  std::unique_ptr<DatagramBatch> datagrams_;  // made for the first datagram socket
  ReserveDescriptor reserve_;
  std::unordered_map<NativeSocket, Id> watches_;  // by descriptor
  List<Endpoint, struct DriverList> ready_;       // have more to give without another event
  List<Endpoint, struct DriverList> running_;     // of those, what the wait under way has yet to come to
  DatagramSender sender_{endpoints_, stats_};
  std::unordered_map<std::uint32_t, Address> peers_;  // of connected streams, by slot, where the system forgets them
};

}  // namespace eddy::driver
