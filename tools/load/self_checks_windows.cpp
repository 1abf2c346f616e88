#include <stdexcept>

#include "selftest.h"

namespace load {

std::vector<SelfCheck> self_checks() {
  throw std::runtime_error("selftest: not available on Windows, where a process cannot be stopped and continued");
}

}  // namespace load
