// Child processes, as the system has them: starting one, hearing of its end, and taking its status. Unix systems.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "reactor/driver/socket_calls.h"
#include "reactor/process_end.h"

namespace eddy::driver {

// Two values that stand for no descriptor of ours in ChildStart::streams.
inline constexpr int parents_own = -1;
inline constexpr int null_device = -2;

struct ChildStart {
  const std::vector<std::string>& arguments;                          // the program first
  const std::optional<std::vector<std::string>>& environment;         // unset: ours
  const std::string& directory;                                       // empty: ours
  std::array<int, 3> streams{parents_own, parents_own, parents_own};  // input, output, error
};

// Answers the child's number. An error of exec(2) is returned as any other.
int start_child(const ChildStart& start, std::error_code& error);

// Both ends are close-on-exec, and none is a standard descriptor: the end to read from comes first.
std::pair<OwnedSocket, OwnedSocket> open_pipe(std::error_code& error);

// A descriptor that is readable once the child has ended (pidfd_open(2); elsewhere a kqueue(2) that waits for it).
OwnedSocket exit_descriptor(int child, std::error_code& error);

// A child by its number and by its exit_descriptor, which tells it from a later process of the same number where the
// system can.
struct Child {
  int number;
  const OwnedSocket& exit;
};
// Takes the status of a child that has ended, so that it is no zombie. The result is empty while the child runs.
std::optional<ProcessEnd> reap(const Child& child);
// no_such_process says that the child has ended.
std::error_code send_signal(const Child& child, int signal);
// In a forked child: lets go of the parent's exit_descriptor, which where it is a kqueue is not there at all, and whose
// number may be somebody else's.
void leave_to_parent(OwnedSocket exit);
// A thread waits for the child's end and takes its status. When no thread can be had, the child stays a zombie as long
// as this process lives.
void reap_later(int child, OwnedSocket exit) noexcept;

}  // namespace eddy::driver
