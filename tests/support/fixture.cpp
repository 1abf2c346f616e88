#include "fixture.h"

#include <unistd.h>

#include <atomic>

namespace eddy::test {

std::string free_address(std::string_view kind) {
  static std::atomic<int> counter{0};
  if (kind == "tcp6") return "tcp://[::1]:0";
  if (kind == "unix") {
    return "unix:@eddy-test-" + std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1));
  }
  return "tcp://127.0.0.1:0";
}

}  // namespace eddy::test
