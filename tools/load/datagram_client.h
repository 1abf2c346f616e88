// DatagramClient: sends datagrams from a socket of its own and accounts for every one of them.
//
//   bytes 0-7   sequence number   in the machine's byte order: only this program reads it
//         8-11  connection
//        12-15  check of the two, from the seed
//        16-    the connection's StreamPattern from sequence * (size - 16) on
//
// A datagram not answered within the time-out is lost, and in the closed model the next one takes its place. When the
// answer comes after all it is late, and the loss is taken back.
#pragma once

#include <reactor/datagram.h>
#include <reactor/timer.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "client.h"
#include "ring.h"
#include "stream_pattern.h"

namespace load {

class DatagramClient final : public Client {
 public:
  DatagramClient(Ledger& ledger, std::size_t number);

  void open() override;
  bool is_open() const override { return socket_ && !socket_->closed(); }
  void begin(std::uint64_t count, eddy::TimePoint due, eddy::TimePoint now) override;
  std::size_t in_flight() const override { return unsettled_; }
  void finish() override { abort(); }
  void abort() override;

 private:
  struct Session {
    DatagramClient* client;

    void on_datagram(eddy::DatagramSocket& /*socket*/, eddy::Bytes in, const eddy::Address& /*from*/) {
      client->received(in);
    }
    void on_error(eddy::DatagramSocket& /*socket*/, std::error_code why) { client->ledger_.error(why.message()); }
    void on_low(eddy::DatagramSocket& /*socket*/) { client->pump(client->ledger_.loop.clock()); }
  };

  enum class Fate : std::uint8_t { unsent, awaited, settled };
  struct Message {
    eddy::TimePoint due;
    eddy::TimePoint sent;
    Fate fate = Fate::unsent;
  };
  struct Lost {
    std::uint64_t sequence;
    eddy::TimePoint due;
    eddy::TimePoint sent;
    bool answered = false;
  };

  void received(eddy::Bytes in);
  void answered(std::uint64_t sequence, eddy::TimePoint now);
  void answered_again(std::uint64_t sequence, eddy::TimePoint now);
  void replace(std::uint64_t count, eddy::TimePoint now);
  void expire();
  void give_up_overdue(eddy::TimePoint now);

  void pump(eddy::TimePoint now);
  bool is_full() const { return unsettled_ - (begun_ - next_) >= ledger_.most_in_flight; }
  void settle(Message& which);
  void drop_settled();
  std::span<std::byte> image(std::uint64_t sequence);  // the whole datagram, in the ledger's scratch
  Message& message(std::uint64_t sequence) { return window_[static_cast<std::size_t>(sequence - oldest_)]; }

  StreamPattern pattern_;
  eddy::Duration timeout_;
  std::optional<eddy::Datagram<Session>> socket_;
  eddy::Timer expiry_;
  Ring<Message> window_;  // messages oldest_ to begun_ - 1; the oldest is not settled
  std::uint64_t oldest_ = 0;
  std::uint64_t next_ = 0;  // to be sent
  std::uint64_t begun_ = 0;
  std::size_t unsettled_ = 0;  // of these
  std::uint64_t highest_ = 0;  // sequence number answered so far, plus 1
  std::vector<Lost> lost_;     // in order
};

}  // namespace load
