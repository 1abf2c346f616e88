// UringDriver: io_uring(7), natively. Nothing is asked for when it happens: what the engine wants is noted, and the
// next wait() hands it to the kernel, all connections' together, waits, and brings what has completed, by one system
// call.
//
// A stream has at most one receive and one send under way. Receiving is multishot: asked for once, it completes for
// each arrival until it is cancelled, into buffers that all streams share. What is queued for sending stays in the
// queue until the kernel has taken it. A closed stream's socket is closed when its last operation has completed, and
// only then its memory is released: the kernel may be reading it.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reactor/driver/datagram_batch.h"
#include "reactor/driver/driver.h"
#include "reactor/driver/socket.h"
#include "reactor/driver/socket_calls.h"
#include "reactor/driver/unix_path.h"
#include "reactor/driver/uring/buffers.h"
#include "reactor/driver/uring/ring.h"

namespace eddy::driver {

class UringDriver final : public Driver {
 public:
  // Throws std::system_error when the kernel does not let us.
  UringDriver(Stats& stats, BlockPool& pool);
  ~UringDriver() override;

  std::string_view name() const override { return "io_uring"; }
  TimePoint clock() override { return std::chrono::steady_clock::now(); }
  void wait(TimePoint deadline) override;
  bool ready() const override;
  void wake() noexcept override;
  std::optional<int> descriptor() const override { return ring_.descriptor(); }

  std::error_code connect(Stream& stream, const Address& to, const Address* source,
                          const SocketOptions& options) override;
  std::error_code adopt(Stream& stream, NativeSocket connection) override;
  void receive(Stream& stream, bool on) override;
  std::error_code flush(Stream& stream) override;
  std::error_code flush_with(Stream& stream, Bytes more, std::size_t& taken) override;
  std::error_code end_output(Stream& stream) override { return shutdown_output(stream.socket); }
  bool close(Stream& stream, bool reset) override;
  void release_closed() override;
  void discard(NativeSocket connection) noexcept override { driver::close(connection); }

  std::error_code listen(Acceptor& acceptor, Address& local, const ListenOptions& options) override;
  std::error_code share(Acceptor& acceptor, const Acceptor& other) override;
  void accept(Acceptor& acceptor, bool on) override;
  void close(Acceptor& acceptor) override { forget(acceptor); }

  std::error_code bind(Datagrams& socket, Address& local, const DatagramOptions& options) override;
  std::error_code connect(Datagrams& socket, const Address& peer) override;
  void receive(Datagrams& socket, bool on) override;
  void flush(Datagrams& socket) override;
  void close(Datagrams& socket) override { forget(socket); }

  std::error_code watch(Watched& watched, int descriptor, Interest interest) override;
  void set_interest(Watched& watched, Interest interest) override;
  void unwatch(Watched& watched) override;

  Address local_address(const Endpoint& endpoint) const override;
  Address peer_address(const Endpoint& endpoint) const override;

 private:
  // Endpoint::flags: what the engine wants, and what has become of the endpoint.
  static constexpr std::uint8_t receiving = 1;  // or accepting
  static constexpr std::uint8_t connected = 2;
  static constexpr std::uint8_t ended = 4;   // the peer's FIN was told
  static constexpr std::uint8_t broken = 8;  // stream_failed was told
  static constexpr std::uint8_t send_failed = 16;
  static constexpr std::uint8_t retrying = 32;  // datagrams: is in to_retry_
  static constexpr std::uint8_t full = 64;      // datagrams: the socket takes no more; ask when it does
  static constexpr std::uint8_t served = 128;   // has received something since that was asked for last

  // Endpoint::armed: operations under way, a bit each.
  static constexpr std::uint8_t under_way(Operation operation) {
    switch (operation) {
      case Operation::accept:
      case Operation::receive:
      case Operation::receive_datagrams: return 1;
      case Operation::send:
      case Operation::writable: return 2;
      case Operation::hangup:
      case Operation::watch: return 4;
      case Operation::connect: return 8;
      case Operation::none:
      case Operation::wake: break;
    }
    return 0;
  }
  static constexpr std::uint8_t cancelling = 16;  // of what receives

  // Asks for a visit to the endpoint before the next enter.
  void come_back_to(Endpoint& endpoint);
  void submit_all();
  void submit_connects();
  void cancel_closed();
  void submit(Endpoint& endpoint);
  void submit(Stream& stream);
  void submit(Acceptor& acceptor);
  void submit(Datagrams& socket);
  void submit(Watched& watched);
  // Starts or cancels what receives, so that it is as the engine wants it. True when it is to be started.
  bool start_receiving(Endpoint& endpoint, Operation operation, bool wanted);
  void watch_wakes();

  void complete(const Completion& completion);
  void ask_again(Endpoint& endpoint, const Completion& last);
  void completed(Stream& stream, const Completion& completion);
  void connect_completed(Stream& stream, std::int32_t result);
  void receive_completed(Stream& stream, const Completion& completion);
  void send_completed(Stream& stream, std::int32_t result);
  void hung_up(Stream& stream, std::int32_t result);
  void break_stream(Stream& stream, std::error_code why);
  static bool waits_for_input(const Stream& stream, std::error_code error);
  void break_streams();
  void completed(Acceptor& acceptor, const Completion& completion);
  void completed(Datagrams& socket, const Completion& completion);
  void datagram_completed(Datagrams& socket, const Completion& completion);
  void completed(Watched& watched, const Completion& completion);
  // For an endpoint that is gone.
  bool is_late(const Completion& completion);
  void completed_late(const Completion& completion);
  void release(Stream& stream);
  void report_connected();
  void end_batches();
  void report_datagram_errors();
  void retry_datagrams();
  bool has_reports() const {
    return !connected_at_once_.empty() || !datagram_errors_.empty() || !to_break_.empty() || !postponed_.empty();
  }

  void add(Endpoint& endpoint, NativeSocket socket, std::uint8_t flags);
  void forget(Endpoint& endpoint);

  Ring ring_;
  ReceiveBuffers buffers_;
  std::unique_ptr<ReceiveBuffers> datagram_buffers_;  // made for the first datagram socket
  ReserveDescriptor reserve_;
  std::array<Bytes, most_pieces> pieces_;  // what one send gathers; here, so that not each clears it
  int wake_ = -1;
  bool watching_wakes_ = false;
  std::unordered_map<std::uint32_t, UnixPath> unix_paths_;  // by slot
  std::unordered_map<std::uint64_t, Stream*> closing_;      // by token: closed, with operations under way
  std::vector<int> to_cancel_;                              // descriptors of closed streams
  std::vector<Id> starved_;                                 // found no buffer: they ask first
  std::vector<Id> visits_;                                  // asked for by come_back_to
  std::vector<Id> visiting_;
  std::vector<std::pair<Id, const Address*>> to_connect_;
  std::vector<Id> connected_at_once_;
  std::vector<Id> in_batch_;  // datagram sockets that have received in this wait
  std::vector<Id> to_retry_;  // datagram sockets whose receivers are full
  DatagramErrors datagram_errors_;
  std::vector<Completion> postponed_;  // taken by release_closed()
  // Streams whose sends have failed: told one wait later, or when all that had arrived before is delivered.
  using Failed = std::vector<std::pair<Id, std::error_code>>;
  Failed to_break_;
  Failed held_;
};

}  // namespace eddy::driver
