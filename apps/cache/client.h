// Client: the session of one stream connection.
#pragma once

#include <protocols/memcache.h>
#include <reactor/connection.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <system_error>
#include <vector>

#include "reply.h"
#include "request_watch.h"
#include "service.h"
#include "state.h"

namespace cache {

// Answers that the connection has not taken: it was at its cap, or its loop at the memory budget. To be sent when there
// is room.
using Unsent = std::vector<eddy::SharedBytes>;

// What the clients of one loop share: the answers to what one read brought are gathered here and sent as one.
class StreamWorker final : public std::enable_shared_from_this<StreamWorker>, private Reply {
 public:
  StreamWorker(std::shared_ptr<State> state, std::size_t loop)
      : state_(std::move(state)), counters_(state_->loops[loop]), service_(*state_, counters_) {}

  // While the server lives; connections may outlive it.
  void set_watch(RequestWatch* watch) { watch_ = watch; }
  void input_came() {
    if (watch_ != nullptr) watch_->input_came();
  }

  // False when the connection is to be closed after the answer.
  bool execute(eddy::Connection& peer, const Command& command, Unsent& unsent);
  // What is gathered; to `unsent` what cannot be.
  void send(eddy::Connection& peer, Unsent& unsent);
  // As much of it as can be.
  void send_unsent(eddy::Connection& peer, Unsent& unsent);
  // Of the last command, in units of client.cpp.
  std::size_t work() const { return work_; }
  bool answers_wait() const { return size() > 0; }
  // What was sent since the last call left more queued than the client ought to have: it is to be read from no more.
  bool above_high_mark() const { return above_high_mark_; }
  void begin() { above_high_mark_ = false; }
  // The connection's client has done so much work, and goes on when others have had their turn.
  void yielded(eddy::Connection& peer, std::size_t work);

  const Settings& settings() const { return state_->settings; }
  LoopCounters& counters() { return counters_; }

 private:
  void append(const eddy::SharedBytes& payload) override;
  bool taken(eddy::SendResult result);
  void go_on_later(eddy::Loop& loop);
  void go_on(eddy::Loop& loop);

  struct Yielded {
    eddy::Id connection;
    std::size_t work;
  };
  std::deque<Yielded> yielded_;
  std::shared_ptr<State> state_;
  LoopCounters& counters_;
  Service service_;
  RequestWatch* watch_ = nullptr;
  eddy::Connection* peer_ = nullptr;  // during execute()
  Unsent* unsent_ = nullptr;
  std::size_t work_ = 0;
  bool above_high_mark_ = false;
};

class Client {
 public:
  explicit Client(std::shared_ptr<StreamWorker> worker) : worker_(std::move(worker)) {}

  void on_open(eddy::Connection& peer);
  void on_command(eddy::Connection& peer, const Command& command);
  void on_batch(eddy::Connection& peer);
  void on_low(eddy::Connection& peer);
  void on_drain(eddy::Connection& peer);
  void on_close(eddy::Connection& peer, std::error_code why);
  void go_on(eddy::Connection& peer);  // its turn has come, after it yielded

  RequestProgress& request_progress() { return request_; }  // the watch's

 private:
  void count_input(const eddy::Connection& peer);
  bool has_enough() const { return worker_->above_high_mark() || !unsent_.empty(); }
  void wait_for_low(eddy::Connection& peer);
  void yield(eddy::Connection& peer);

  std::shared_ptr<StreamWorker> worker_;  // which may outlive the server: the loops end connections after it
  Unsent unsent_;
  RequestProgress request_;
  std::uint64_t bytes_counted_ = 0;  // of bytes_in
  std::size_t work_ = 0;             // done in this batch: see client.cpp
  bool waits_for_low_ = false;
  bool yielded_ = false;
  bool ends_ = false;  // is closed when nothing is unsent any more
};

}  // namespace cache
