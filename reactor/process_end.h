// ProcessEnd: how a process has ended.
#pragma once

#include <optional>

namespace eddy {

// One of the two is set. Neither is when somebody else has taken the status, by a wait for any child, or by ignoring
// SIGCHLD.
struct ProcessEnd {
  std::optional<int> code = {};    // that it answered: 0 to 255
  std::optional<int> signal = {};  // that ended it

  bool succeeded() const { return code == 0; }
};

}  // namespace eddy
