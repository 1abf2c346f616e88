// Whether io_uring can be used here: found out by using it, once a process. A kernel that has it may be told not to let
// us (seccomp, kernel.io_uring_disabled), and an old one has only part of it.
#pragma once

#include <string>

namespace eddy::driver {

// Empty when it can; else what failed, and what that usually means.
const std::string& uring_unavailable();

}  // namespace eddy::driver
