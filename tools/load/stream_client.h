// StreamClient: sends requests over one TCP or Unix stream and times the answers. What is asked, and which answer is
// right, an Exchange knows. Requests that are due together leave together.
//
// With Settings::lifetime or churn it goes on with a new connection when the old one has answered all that was sent on
// it; what becomes due meanwhile waits for the new one. The first lifetimes differ, so that not all end together. With
// churn a first connection only shows that the server is there; a failed exchange is lost and the next one tried after
// a pause. Otherwise a failure ends the client.
#pragma once

#include <reactor/connection.h>
#include <reactor/timer.h>

#include <cstdint>
#include <memory>
#include <span>
#include <system_error>
#include <vector>

#include "client.h"
#include "exchange.h"
#include "ring.h"

namespace load {

class StreamClient final : public Client {
 public:
  StreamClient(Ledger& ledger, std::size_t number);
  ~StreamClient() override;

  void open() override;
  bool is_open() const override { return state_ == State::open || between_connections(); }
  void begin(std::uint64_t count, eddy::TimePoint due, eddy::TimePoint now) override;
  std::size_t in_flight() const override { return unanswered_.size(); }
  void finish() override;
  void abort() override;

 private:
  // fresh -> connecting -> open -> finishing -> ended, or from open to failed: what comes is of no interest any more.
  // Between connections: open -> parted, has none and needs none yet -> connecting -> open; or pausing, after a
  // failure.
  enum class State : std::uint8_t { fresh, connecting, open, finishing, failed, ended, parted, pausing };

  // The connection's side of it. The client may go first.
  struct Session {
    StreamClient* client;

    void on_open(eddy::Connection& /*peer*/) {
      if (client != nullptr) client->opened();
    }
    std::size_t on_data(eddy::Connection& /*peer*/, eddy::Bytes in) {
      return client != nullptr ? client->received(in) : in.size();
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

  bool between_connections() const {
    return joined_ && (state_ == State::connecting || state_ == State::parted || state_ == State::pausing);
  }
  void connect();
  void not_connected(const std::string& why);
  void opened();
  std::size_t received(eddy::Bytes in);
  void room();
  void peer_ended();
  void silent();
  void look_again();
  void give_up();
  void ended(std::error_code why);

  void pump(eddy::TimePoint now);
  std::size_t write(std::span<std::byte> room, eddy::TimePoint now);
  bool send(eddy::Bytes bytes);
  bool may_start() const { return started_ < unanswered_.size() && started_ < ledger_.most_in_flight && !retiring_; }
  void started(eddy::TimePoint now);
  void fail();
  void lose(std::size_t count);
  void retire();
  void renew_when_done();
  void part();
  eddy::Connection& let_go();
  void exchange_failed();
  void try_again();
  void leave();

  struct Request {
    eddy::TimePoint due;
    eddy::TimePoint sent;
  };

  std::unique_ptr<Exchange> exchange_;
  eddy::Connection* connection_ = nullptr;

  Ring<Request> unanswered_;              // the oldest first
  std::size_t started_ = 0;               // of these: sent, or being sent
  bool amid_request_ = false;             // the last one of them is not written to its end
  std::vector<std::byte> refused_;        // written, and not taken by the connection
  std::unique_ptr<eddy::Timer> later_;    // made when a silence is not yet a time-out
  std::uint64_t moved_ = 0;               // bytes both ways, when later_ was started
  std::unique_ptr<eddy::Timer> renewal_;  // the end of this connection's lifetime, or of the pause after a failure
  State state_ = State::fresh;
  bool held_ = false;      // output is full: on_low says when to go on
  bool joined_ = false;    // was open once
  bool retiring_ = false;  // nothing more is sent on this connection
};

}  // namespace load
