// Whether io_uring can be used here: found out by using it. A kernel that has it may be told not to let us (seccomp,
// kernel.io_uring_disabled), and an old one has only part of it.
#pragma once

#include <string>
#include <system_error>

namespace eddy::driver {

// Empty when it can; else what failed, and what that usually means. Any thread. What cannot change is found out once a
// process.
std::string uring_unavailable();
// Where it can be used: whether a receive may be told after how many bytes it ends (Ring::receive).
bool uring_bounds_receives();

// What failed, and what that usually means.
std::string explain(const std::system_error& error);

}  // namespace eddy::driver
