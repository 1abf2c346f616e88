// RequestWatch: sees to it that requests which have arrived in part go on, or make room.
//
// A value is kept by its connection until all of it has come. Whoever announces values and never sends the rest would
// hold that memory for good, and then others' requests find no room. So on each loop a request
//   - that is under way for request_timeout and then brings less than 16 KiB a second on average ends, and
//   - when the loop's memory gets short, those end first whose host holds most, if that is an eighth of it, then those
//     that hold most and move least.
// The client gets an error, and its connection is closed: where its next request begins is not known.
#pragma once

#include <reactor/connection.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "state.h"

namespace cache {

// The watch notes this of each connection.
struct RequestProgress {
  eddy::TimePoint began = eddy::never;  // of the request under way, as far as the looks tell; `never` for none
  std::uint64_t consumed = 0;           // bytes of the requests before it
  std::size_t held_in_time = 0;         // of it when it had taken request_timeout; 0: it has not yet
  std::uint64_t bytes_seen = 0;         // of all, at the last look
};

class RequestWatch {
 public:
  // `memory` is the loop's memory_budget.
  RequestWatch(eddy::Loop& loop, const Settings& settings, std::size_t memory, LoopCounters& counters);

  // Some input has come. When memory is short, room is made as soon as the callback that calls this has returned: what
  // it has dealt with is kept until then.
  void input_came() {
    if (loop_.stats().memory > memory_ / 4 * 3 && loop_.now() >= next_relief_ && !relief_.running()) relief_.start({});
  }

 private:
  struct Held {
    eddy::Connection* by;
    std::size_t bytes;
    std::uint64_t moved;               // since the last look
    std::size_t too_much_of_host = 0;  // what its host holds, if that is too much
  };
  void look();
  void relieve();
  void note_hosts(std::vector<Held>& all) const;
  std::vector<Held> unfinished();
  void end(eddy::Connection& connection, std::string_view error, LoopCounter& counter);

  eddy::Loop& loop_;
  const Settings& settings_;
  const std::size_t memory_;
  LoopCounters& counters_;
  eddy::TimePoint next_relief_{};
  eddy::Timer look_;
  eddy::Timer relief_;
};

}  // namespace cache
