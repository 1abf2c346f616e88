// DatagramSender: sends what a driver's datagram sockets have queued. It tries again, when the time has come, what full
// receivers did not take, and keeps the errors until a wait can report them. A socket whose receiving keeps failing may
// wait here, too.
#pragma once

#include <system_error>

#include "reactor/driver/datagram_batch.h"
#include "reactor/driver/endpoint.h"
#include "reactor/driver/slot_table.h"
#include "reactor/stats.h"
#include "reactor/time.h"

namespace eddy::driver {

class DatagramSender {
 public:
  DatagramSender(SlotTable& endpoints, Stats& stats) : endpoints_(endpoints), stats_(stats) {}

  // False when the socket itself takes no more: the driver is to send again when it is writable. A socket that waits
  // for full receivers sends nothing before its time.
  bool send(Datagrams& socket, TimePoint now);

  // Lets retry() come to the socket after 2 ms at the earliest; until then it sends nothing.
  void wait_a_while(Datagrams& socket, TimePoint now);

  // When retry() or report_errors() is to be called: TimePoint::min() says at once, `never` that there is nothing to
  // do.
  TimePoint next_deadline() const;

  // Calls `flush(socket)` and then datagram_progress() for each socket that has waited long enough. `clock()` tells the
  // time afterwards: to try what is queued takes longer than the receivers are given, when that is much.
  template <class Clock, class Flush>
  void retry(TimePoint now, Clock&& clock, Flush&& flush) {
    if (now >= retry_at_) {
      retry_at_ = never;
      retrying_.take_all(waiting_);
    }
    if (retrying_.empty()) return;
    while (!retrying_.empty()) {
      auto& socket = retrying_.pop_front();
      flush(socket);
      if (socket.socket != no_socket) socket.datagram_progress();
    }
    if (!waiting_.empty()) retry_at_ = time_to_retry(clock());
  }
  // To be reported by the next report_errors(). Without memory for that it is counted alone.
  void note_error(const Datagrams& socket, std::error_code error);
  void report_errors();

 private:
  static TimePoint time_to_retry(TimePoint now);
  Sent send_what_is_queued(Datagrams& socket);

  using Sockets = List<Datagrams, struct RetryList>;

  SlotTable& endpoints_;
  Stats& stats_;
  Sockets waiting_;             // their receivers are full
  Sockets retrying_;            // those that retry() is at; some are left when a callback has thrown
  TimePoint retry_at_ = never;  // of all that wait
  DatagramErrors errors_;
};

}  // namespace eddy::driver
