// ReadinessDriver: the driver for systems that tell when a call would succeed. It makes the calls; a Poller tells when.
//
// What it knows of readiness it keeps in Endpoint::flags: a direction is ready until a call falls short. With an
// edge-triggered poller a stream is registered once and for all. A read that fills less than the buffer has emptied the
// socket, so no second call is made only to fail; bytes or a FIN that arrive later are a new edge. The exception is a
// FIN or an urgent mark that was announced together with the data: `end_seen` keeps the direction ready until a read
// would block.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reactor/driver/datagram_batch.h"
#include "reactor/driver/driver.h"
#include "reactor/driver/poller.h"
#include "reactor/driver/socket.h"
#include "reactor/driver/socket_calls.h"
#include "reactor/driver/unix_path.h"

namespace eddy::driver {

class ReadinessDriver final : public Driver {
 public:
  ReadinessDriver(Stats& stats, BlockPool& pool, std::unique_ptr<Poller> poller);
  ~ReadinessDriver() override;

  std::string_view name() const override { return poller_->name(); }
  TimePoint clock() override { return std::chrono::steady_clock::now(); }
  void wait(TimePoint deadline) override;
  bool ready() const override { return has_reports() || !to_retry_.empty(); }
  void wake() noexcept override { poller_->wake(); }
  std::optional<int> descriptor() const override { return poller_->descriptor(); }

  std::error_code connect(Stream& stream, const Address& to, const Address* source,
                          const SocketOptions& options) override;
  std::error_code adopt(Stream& stream, NativeSocket connection) override;
  void receive(Stream& stream, bool on) override;
  std::error_code flush(Stream& stream) override;
  std::error_code flush_with(Stream& stream, Bytes more, std::size_t& taken) override;
  std::error_code end_output(Stream& stream) override;
  bool close(Stream& stream, bool reset) override;
  void discard(NativeSocket connection) noexcept override { driver::close(connection); }

  std::error_code listen(Acceptor& acceptor, Address& local, const ListenOptions& options) override;
  std::error_code share(Acceptor& acceptor, const Acceptor& other) override;
  void accept(Acceptor& acceptor, bool on) override;
  void close(Acceptor& acceptor) override;

  std::error_code bind(Datagrams& socket, Address& local, const DatagramOptions& options) override;
  std::error_code connect(Datagrams& socket, const Address& peer) override;
  void receive(Datagrams& socket, bool on) override;
  void flush(Datagrams& socket) override;
  void close(Datagrams& socket) override;

  std::error_code watch(Watched& watched, int descriptor, Interest interest) override;
  void set_interest(Watched& watched, Interest interest) override;
  void unwatch(Watched& watched) override;

  Address local_address(const Endpoint& endpoint) const override;
  Address peer_address(const Endpoint& endpoint) const override;

 private:
  // Endpoint::flags
  static constexpr std::uint8_t readable = 1;
  static constexpr std::uint8_t writable = 2;
  static constexpr std::uint8_t receiving = 4;  // the engine wants input (or accepts)
  static constexpr std::uint8_t connecting = 8;
  static constexpr std::uint8_t connected = 16;  // at once; to be reported
  static constexpr std::uint8_t end_seen = 32;
  static constexpr std::uint8_t unregistered = 64;  // level-triggered: hung up while nobody wants input
  static constexpr std::uint8_t retrying = 128;     // datagrams: is in to_retry_
  static constexpr std::uint8_t error_told = 128;   // streams: by an event, perhaps by no call; so an end is none

  void dispatch(const PollEvent& event);
  void dispatch(Endpoint& endpoint, const PollEvent& event);
  void stream_event(Stream& stream, const PollEvent& event);
  void break_stream(Stream& stream, std::error_code why);
  void connect_event(Stream& stream, const PollEvent& event);
  void error_while_not_receiving(Stream& stream, const PollEvent& event);
  bool read(Stream& stream);  // false when it has found the stream broken
  std::error_code add(Acceptor& acceptor, OwnedSocket socket);
  void accept_some(Acceptor& acceptor);
  void read(Datagrams& socket);
  void run_ready();
  void retry();
  bool has_reports() const { return !ready_.empty() || !datagram_errors_.empty(); }

  static std::error_code error_of(NativeSocket socket, const PollEvent& event);
  std::error_code add_to_poller(Endpoint& endpoint, NativeSocket socket, Interests interests);
  void end_watch_of(NativeSocket number);
  void update_interest(Endpoint& endpoint);
  void forget(Endpoint& endpoint);
  std::error_code write(Stream& stream, std::span<const Bytes> pieces, std::size_t total, std::size_t& taken);
  void come_back_to(Endpoint& endpoint);

  const std::unique_ptr<Poller> poller_;
  const bool edges_;
  std::vector<std::byte> buffer_;             // what streams are read into
  std::array<Bytes, most_pieces> pieces_;     // what one send gathers; here, so that not each clears it
  std::unique_ptr<DatagramBatch> datagrams_;  // made for the first datagram socket
  ReserveDescriptor reserve_;
  std::unordered_map<std::uint32_t, UnixPath> unix_paths_;  // by slot
  std::unordered_map<NativeSocket, Id> watches_;            // by descriptor
  std::vector<Id> ready_;                                   // have more to give without another event
  std::vector<Id> running_ready_;
  std::vector<Id> to_retry_;  // datagram sockets whose receivers are full
  DatagramErrors datagram_errors_;
  std::array<PollEvent, 256> events_;
};

}  // namespace eddy::driver
