// Windows has no fork.
#include "reactor/driver/fork_mark.h"

namespace eddy::driver {

ForkMark::ForkMark() = default;

bool ForkMark::in_child() const noexcept { return forks_ != 0; }

}  // namespace eddy::driver
