// StreamClient: sends messages over one TCP or Unix stream and checks that every byte comes back.
//
// Messages are stretches of one endless stream of bytes (StreamPattern): message m is [m * size, (m + 1) * size). So
// sending and checking know only offsets; a message of a gigabyte takes no more memory than one of a byte, and messages
// that are due together leave together.
#pragma once

#include <reactor/connection.h>
#include <reactor/timer.h>

#include <cstdint>
#include <memory>
#include <string>
#include <system_error>

#include "client.h"
#include "ring.h"
#include "stream_pattern.h"

namespace load {

class StreamClient final : public Client {
 public:
  StreamClient(Ledger& ledger, std::size_t number);
  ~StreamClient() override;

  void open() override;
  bool is_open() const override { return state_ == State::open; }
  void begin(std::uint64_t count, eddy::TimePoint due, eddy::TimePoint now) override;
  void finish() override;
  void abort() override;

 private:
  // new -> connecting -> open -> finishing -> ended, or from open to failed: what comes is of no interest any more.
  enum class State : std::uint8_t { fresh, connecting, open, finishing, failed, ended };

  // The connection's side of it. The client may go first.
  struct Session {
    StreamClient* client;

    void on_open(eddy::Connection& /*peer*/) {
      if (client != nullptr) client->opened();
    }
    void on_data(eddy::Connection& /*peer*/, eddy::Bytes in) {
      if (client != nullptr) client->received(in);
    }
    void on_low(eddy::Connection& /*peer*/) {
      if (client != nullptr) client->room();
    }
    void on_end(eddy::Connection& peer) { client != nullptr ? client->peer_ended() : void(peer.close()); }
    void on_idle(eddy::Connection& /*peer*/) {
      if (client != nullptr) client->silent();
    }
    void on_close(eddy::Connection& /*peer*/, std::error_code why) {
      if (client != nullptr) client->ended(why);
    }
  };

  void opened();
  void received(eddy::Bytes in);
  void room();
  void peer_ended();
  void silent();
  void look_again();
  void give_up();
  void ended(std::error_code why);

  void pump(eddy::TimePoint now);
  void note_lag(eddy::TimePoint now);
  std::uint64_t complete(std::uint64_t bytes, eddy::TimePoint now);  // answers messages; how many
  void fail();

  Ledger& ledger_;
  StreamPattern pattern_;
  std::size_t number_;
  eddy::Connection* connection_ = nullptr;

  // Offsets in the stream: received_ <= sent_ <= begun_.
  std::uint64_t begun_ = 0;             // end of the last message that is to be sent
  std::uint64_t sent_ = 0;              // taken by the connection
  std::uint64_t received_ = 0;          // come back and right
  std::uint64_t next_answer_end_ = 0;   // end of the oldest unanswered message
  std::uint64_t next_lag_at_ = 0;       // start of the oldest message whose lag is not noted
  Ring<eddy::TimePoint> due_;           // of the unanswered messages
  std::unique_ptr<eddy::Timer> later_;  // made when a silence is not yet a time-out
  std::uint64_t moved_ = 0;             // bytes both ways, when later_ was started
  State state_ = State::fresh;
  bool held_ = false;  // output is full: on_low says when to go on
};

}  // namespace load
