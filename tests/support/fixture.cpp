#include "fixture.h"

#include <reactor/driver/socket.h>

#include <atomic>
#include <random>

namespace eddy::test {

std::string free_address(std::string_view kind) {
  static std::atomic<int> counter{0};
  static const auto process = std::random_device{}();
  if (kind == "tcp6") return "tcp://[::1]:0";
  if (kind == "udp") return "udp://127.0.0.1:0";
  if (kind == "unixgram" && Address::has_abstract_names()) return "unixgram:";
  if (kind == "unix" || kind == "unixgram") {
    const std::string folder = Address::has_abstract_names() ? "@" : "/tmp/";
    return std::string(kind) + ":" + folder + "eddy-test-" + std::to_string(process) + "-" +
           std::to_string(counter.fetch_add(1));
  }
  return "tcp://127.0.0.1:0";
}

bool has_unix_sockets() {
  std::error_code error;
  driver::open_socket(Address::parse("unix:/x"), error);
  return !error;
}

namespace {

bool supports(std::string_view url, const DatagramOptions& options) {
  std::error_code error;
  auto address = Address::parse(url);
  driver::open_datagram(address, options, error);
  return error != std::errc::operation_not_supported;
}

}  // namespace

bool has_reuse_port() { return supports("udp://127.0.0.1:0", {.reuse_port = true}); }

bool has_both_families() { return supports("udp://*:0", {}); }

}  // namespace eddy::test
