// Client: one of the N that a run lets talk to the server, over one stream or one datagram socket. Everything that
// becomes of it goes to the Ledger. All of it belongs to the loop's thread.
#pragma once

#include <reactor/time.h>

#include <cstdint>
#include <memory>

#include "ledger.h"
#include "think_time.h"

namespace load {

class Client {
 public:
  Client(Ledger& ledger, std::size_t number) : ledger_(ledger), number_(number) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  virtual ~Client() = default;  // before the loop's end, outside the client's own callbacks

  // Connects. The outcome is Ledger::opened or open_failed, perhaps before this returns.
  virtual void open() = 0;

  // Can send.
  virtual bool is_open() const = 0;

  // Sends `count` messages as soon as the connection takes them and no more than Ledger::most_in_flight are in flight;
  // their response time counts from `due`, or from when they are sent. Only while is_open().
  virtual void begin(std::uint64_t count, eddy::TimePoint due, eddy::TimePoint now) = 0;

  // Closed model: the same in `time`, if the run still sends then and this is_open().
  void begin_in(eddy::Duration time, std::uint64_t count);

  static constexpr eddy::TimePoint when_sent = eddy::never;

  // Messages that were begun and neither answered nor given up.
  virtual std::size_t in_flight() const = 0;

  // Ends in order; Ledger::closed follows. Answers still outstanding are lost.
  virtual void finish() = 0;

  // Ends at once; likewise.
  virtual void abort() = 0;

 protected:
  // Closed model: `count` messages have been answered or given up, so as many follow: at once, or after
  // Settings::think.
  void follow(std::uint64_t count, eddy::TimePoint now);

  Ledger& ledger_;
  std::size_t number_;

 private:
  std::unique_ptr<ThinkTime> think_;  // made when first needed
};

// Of the kind that the settings' URL asks for. `number` tells it from the others, and its bytes from theirs.
std::unique_ptr<Client> make_client(Ledger& ledger, std::size_t number, eddy::Transport transport);

}  // namespace load
