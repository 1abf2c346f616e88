// The cells of docs/errors.md: one for each errno of a row and each driver.
#pragma once

#include <reactor/loop.h>

#include <ostream>
#include <string>
#include <vector>

#include "../support/loop_until.h"
#include "fault.h"

namespace eddy::test {

struct Cell {
  std::string call;
  std::string error_name;
  int error;
  bool any_other;  // the row is the one for errnos that are not listed
  std::string driver;
  std::string answer;

  std::error_code code() const { return {error, std::system_category()}; }
  // The call that makes this cell's errno: on io_uring the operation of that name, when there is one.
  std::string fault(const std::string& system_call, const std::string& operation) const {
    return driver == "io_uring" ? "ring:" + operation : system_call;
  }
};
std::ostream& operator<<(std::ostream& out, const Cell& cell);

// All of the page. Throws when it cannot be read.
std::vector<Cell> read_cells();

// One turn, whose calls are the engine's.
inline void turn(Loop& loop) {
  const InEngine engine;
  loop.run_once(deadline_after(loop.clock(), std::chrono::milliseconds(20)));
}

template <class Condition>
[[nodiscard]] bool until(Loop& loop, Condition condition) {
  const auto give_up = deadline_after(loop.clock(), patience);
  while (!condition()) {
    if (loop.clock() >= give_up) return false;
    turn(loop);
  }
  return true;
}

// How many turns the loop takes in 100 ms: when nothing happens, 5.
inline int turns_in_a_while(Loop& loop) {
  int turns = 0;
  const auto end = deadline_after(loop.clock(), std::chrono::milliseconds(100));
  for (; loop.clock() < end; ++turns) turn(loop);
  return turns;
}

// Each makes the cell's call fail and checks that the answer is the one that the page says.
void check_accept(const Cell& cell);
void check_registration_of_accepted(const Cell& cell);
void check_registration_of_listener(const Cell& cell);
void check_connect(const Cell& cell, const std::string& call, const std::string& kind);
void check_receive(const Cell& cell);
void check_send(const Cell& cell);
void check_changes(const Cell& cell);
void check_pipe(const Cell& cell);
void check_receive_datagrams(const Cell& cell);
void check_send_datagrams(const Cell& cell);
void check_send_combined(const Cell& cell);
void check_writable(const Cell& cell);
void check_wait(const Cell& cell, const std::string& call);
void check_watch(const Cell& cell);

}  // namespace eddy::test
