#include "fixture.h"

#include <reactor/driver/socket.h>

#include <atomic>
#include <random>
#include <utility>

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

bool has_address(std::string_view host) {
  std::error_code error;
  const auto address = Address::parse("tcp://" + std::string(host) + ":0");
  const auto socket = driver::open_socket(address, error);
  return !error && !driver::bind(socket.get(), address);
}

std::vector<OwnedSocket> fill_backlog(const Address& of) {
  constexpr std::size_t most = 1'000;  // listen(1) is 240 places on OpenBSD
  std::vector<OwnedSocket> waiting;
  std::error_code error;
  while (!error && waiting.size() < most) {
    bool pending = false;
    auto socket = driver::open_socket(of, error);
    if (!error) error = driver::connect(socket.get(), of, pending);
    if (!error) waiting.push_back(std::move(socket));
  }
  EXPECT_EQ(error, std::errc::resource_unavailable_try_again) << error.message();
  return waiting;
}

}  // namespace eddy::test
