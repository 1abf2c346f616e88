// UringDriver: io_uring(7), natively. Nothing is asked for when it happens: what the engine wants is noted, and the
// next wait() hands it to the kernel, all connections' together, waits, and brings what has completed, by one system
// call.
//
// A stream has at most one receive and one send under way. Receiving is multishot: asked for once, it completes for
// each arrival until it is cancelled, into buffers that all streams share. What is queued for sending stays in the
// queue until the kernel has taken it. Where descriptors are passed, the ring tells when a recvmsg or sendmsg would
// succeed, and the driver makes that call.
//
// Completions are taken from the ring in its order, into the inbox, and are delivered from there. Endpoint::expected is
// exact when they are taken: it has a bit for each operation that the kernel has under way. Endpoint::armed follows
// when the last completion of an operation is delivered: until then the operation is not asked for again.
//
// A closed stream with operations under way keeps its slot (SlotTable::retire) and its socket until the kernel has told
// the end of the last one, and only then its memory is released: the kernel may be reading it. Whether a completion is
// anybody's is decided when it is delivered.
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
#include "reactor/driver/socket.h"
#include "reactor/driver/socket_calls.h"
#include "reactor/driver/unix_access.h"
#include "reactor/driver/uring/buffers.h"
#include "reactor/driver/uring/notices.h"
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
  TimePoint next_deadline() const override;
  void wake() noexcept override;
  std::optional<int> descriptor() override;

  std::error_code connect(Stream& stream, const Address& to, const Address* source,
                          const SocketOptions& options) override;
  std::error_code adopt(Stream& stream, NativeSocket connection) override;
  void receive(Stream& stream, bool on) override;
  std::error_code flush(Stream& stream) override;
  std::error_code flush_with(Stream& stream, Bytes more, std::size_t& taken) override;
  std::error_code end_output(Stream& stream, bool input_matters) override;
  bool close(Stream& stream, bool reset) override;
  void come_to_rest() override;
  void discard(NativeSocket connection) noexcept override { driver::close(connection); }

  std::error_code listen(Acceptor& acceptor, Address& local, const ListenOptions& options) override;
  std::error_code share(Acceptor& acceptor, const Acceptor& other) override;
  using Driver::take;
  std::error_code take(Acceptor& acceptor, OwnedSocket socket, Address& local) override;
  void accept(Acceptor& acceptor, bool on) override;
  void close(Acceptor& acceptor) override { forget(acceptor); }

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
  // The first bits are every kind's but a watch's (WatchFlag).
  enum class AnyFlag : std::uint8_t {
    receiving,  // the engine wants input, or to accept
    served,     // has received something since receiving was last asked for
  };
  using AnyFlags = FlagsOf<AnyFlag>;
  enum class StreamFlag : std::uint8_t {
    receiving,
    served,
    connected,
    ended,        // the peer's FIN was told
    broken,       // stream_failed was told
    send_failed,  // with Endpoint::broken_by, which is told when there is no more input to deliver
    full,         // the last send found no room: the next one comes when the socket has some again
    polls_room,   // Operation::changes tells of that, too
  };
  using StreamFlags = FlagsOf<StreamFlag>;
  enum class DatagramFlag : std::uint8_t { receiving, served, full };  // full: ask when it takes more
  using DatagramFlags = FlagsOf<DatagramFlag>;
  static_assert(static_cast<int>(AnyFlag::receiving) == static_cast<int>(StreamFlag::receiving) &&
                static_cast<int>(AnyFlag::receiving) == static_cast<int>(DatagramFlag::receiving) &&
                static_cast<int>(AnyFlag::served) == static_cast<int>(StreamFlag::served) &&
                static_cast<int>(AnyFlag::served) == static_cast<int>(DatagramFlag::served));
  enum class WatchFlag : std::uint8_t { read, write, by_changes };  // the first two are its Interest
  using WatchFlags = FlagsOf<WatchFlag>;
  static_assert(1 << static_cast<int>(WatchFlag::read) == static_cast<int>(Interest::read) &&
                1 << static_cast<int>(WatchFlag::write) == static_cast<int>(Interest::write));
  static Interest interest_of(const Watched& watched) {
    return static_cast<Interest>(watched.flags & static_cast<unsigned>(Interest::both));
  }
  using Endpoints = List<Endpoint, struct DriverList>;

  // In Endpoint::armed and Endpoint::expected: operations, a bit each.
  static constexpr std::uint8_t bit_of(Operation operation) {
    switch (operation) {
      case Operation::accept:
      case Operation::receive:
      case Operation::receive_datagrams:
      case Operation::readable: return 1;
      case Operation::send:
      case Operation::writable: return 2;
      case Operation::changes:
      case Operation::watch: return 4;
      case Operation::connect: return 8;
      case Operation::none:
      case Operation::wake: break;
    }
    return 0;
  }
  static constexpr std::uint8_t cancelling = 16;  // in Endpoint::armed: of what receives
  static bool is_armed(const Endpoint& endpoint, Operation operation) {
    return (endpoint.armed & bit_of(operation)) != 0;
  }
  static void note_asked(Endpoint& endpoint, Operation operation);

  void register_anew() override;

  // Handing over
  void come_back_to(Endpoint& endpoint);
  std::error_code submit_all();
  void submit_noted();
  template <class Ask>
  void insist(Ask ask);
  void enter(TimePoint deadline);
  void submit_listed(Endpoints& listed, Endpoints& submitting);
  void submit_connects();
  void cancel_closed();
  void submit(Endpoint& endpoint);
  void submit(Stream& stream);
  void submit_pipe(Stream& stream);
  void submit(Acceptor& acceptor);
  void submit(Datagrams& socket);
  void submit(Watched& watched);
  // Cancels what receives when it is not wanted. True when it is to be started.
  bool start_receiving(Endpoint& endpoint, Operation operation, bool wanted);
  void watch_wakes();

  // Taking and delivering
  void take();
  void note_end(const Completion& last);
  void deliver_some();
  void forget_delivered();
  void deliver(const Completion& completion);
  void deliver_late(const Completion& completion);
  void ask_again(Endpoint& endpoint, const Completion& last);
  void delivered(Stream& stream, const Completion& completion);
  void delivered(Acceptor& acceptor, const Completion& completion);
  void delivered(Datagrams& socket, const Completion& completion);
  void delivered(Watched& watched, const Completion& completion);
  void connect_completed(Stream& stream, std::int32_t result);
  void receive_completed(Stream& stream, const Completion& completion);
  void send_completed(Stream& stream, std::int32_t result);
  void changed(Stream& stream, std::int32_t result);
  void pipe_readable(Stream& stream, std::int32_t result);
  void pipe_writable(Stream& stream, std::int32_t result);
  bool make_read_buffer();  // false when there is no memory
  std::int32_t receive_attached(Stream& stream, Bytes& data, std::vector<OwnedDescriptor>& attached);
  std::int32_t send_attached(const Stream& stream);
  std::error_code make_datagram_buffers();
  std::error_code prepare_for_datagrams();
  void datagram_completed(Datagrams& socket, const Completion& completion);
  void end_batch();

  static bool may_have_input(Stream& stream);
  bool has_input(const Stream& stream);
  std::error_code tell_behind_input(Stream& stream, std::error_code error);
  void break_stream(Stream& stream, std::error_code why);
  void report_connected();
  void report_broken();

  void add(Endpoint& endpoint, BoundSocket socket);
  // Our own socket has the number now.
  void end_watch_of(NativeSocket number);
  void follow(int descriptor, Interest interest);
  template <class Visit>
  static void for_each_held(const Endpoint& endpoint, Visit visit);
  bool is_held();
  void end_operations(Endpoint& endpoint);
  void forget(Endpoint& endpoint);
  void release_ended();

  Ring ring_;
  ReceiveBuffers buffers_;
  const std::uint32_t receive_bound_;                 // of one receive, as much as one read of other drivers brings
  std::unique_ptr<ReceiveBuffers> datagram_buffers_;  // made for the first datagram socket
  ReserveDescriptor reserve_;
  std::array<Bytes, most_pieces> pieces_;  // what one send gathers; here, so that not each clears it
  std::vector<std::byte> read_buffer_;     // of streams that are read by a call; made for the first one
  int wake_ = -1;
  bool watching_wakes_ = false;

  // An endpoint is on one of these at most.
  Endpoints starved_;  // found no buffer: they ask first
  Endpoints to_submit_;
  Endpoints submitting_starved_;  // what submit_all() under way has yet to come to
  Endpoints submitting_;
  Endpoints connected_at_once_;
  Endpoints reporting_;  // of those, what report_connected() under way has yet to come to
  Endpoints broken_;     // streams whose sends have failed, and that receive no more
  Endpoints to_cancel_;  // closed streams, with operations under way
  Endpoints closing_;    // the same, cancelled
  Endpoints ended_;      // closed streams of which the kernel has told all

  std::vector<std::pair<Id, const Address*>> to_connect_;
  std::vector<Completion> inbox_;
  std::size_t next_in_inbox_ = 0;   // to be delivered
  std::size_t noted_in_inbox_ = 0;  // note_end() has seen those before it
  Id batch_{};                      // the datagram socket that was the last to receive in this wait
  DatagramSender sender_{endpoints_, stats_};
  std::unordered_map<int, Id> watches_;  // by descriptor
  std::unique_ptr<Notices> notices_;     // made when descriptor() is first asked for
};

}  // namespace eddy::driver
