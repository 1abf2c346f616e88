#include "fixture.h"

#include <reactor/driver/socket_options.h>
#include <unistd.h>

#include <atomic>

namespace eddy::test {

std::string free_address(std::string_view kind) {
  static std::atomic<int> counter{0};
  if (kind == "tcp6") return "tcp://[::1]:0";
  if (kind == "udp") return "udp://127.0.0.1:0";
  if (kind == "unixgram" && Address::has_abstract_names()) return "unixgram:";
  if (kind == "unix" || kind == "unixgram") {
    const std::string folder = Address::has_abstract_names() ? "@" : "/tmp/";
    return std::string(kind) + ":" + folder + "eddy-test-" + std::to_string(::getpid()) + "-" +
           std::to_string(counter.fetch_add(1));
  }
  return "tcp://127.0.0.1:0";
}

bool balances_ports() { return driver::reuse_port_option != driver::none; }

}  // namespace eddy::test
