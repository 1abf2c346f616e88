// A program whose loops are static objects: they are made, get their signals, listen and connect before main(), and end
// after it. Nothing of eddy's may need to be made before them or to go after them. One loop for each driver.
#include <reactor/datagram.h>
#include <reactor/listener.h>
#include <reactor/loop.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

// Made first, so that it goes last: the ends that the loops' ends bring about must have been told by then.
struct Verdict {
  std::size_t expected = 0;
  std::size_t told = 0;
  ~Verdict() {
    if (expected > 0 && told == expected) return;
    std::fprintf(stderr, "expected %zu ends, got %zu\n", expected, told);
    std::_Exit(1);
  }
} verdict;

struct Peer {
  void on_data(eddy::Connection& /*peer*/, eddy::Bytes /*in*/) {}
  void on_close(eddy::Connection& /*peer*/, std::error_code why) {
    if (why.message() == "the loop was destroyed" && std::string_view(why.category().name()) == "eddy") ++verdict.told;
  }
};

struct Server {
  void on_data(eddy::Connection& /*peer*/, eddy::Bytes /*in*/) {}
};

struct Served {
  explicit Served(std::string_view driver) : loop({.driver = std::string(driver)}) {
    loop.stop_on({SIGTERM, SIGINT});
    eddy::connect<Peer>(loop, listener.address().to_string());
    ++verdict.expected;
  }
  eddy::Loop loop;
  eddy::Listener<Server> listener{loop, "tcp://127.0.0.1:0"};
};

std::vector<std::unique_ptr<Served>> make_all() {
  std::vector<std::unique_ptr<Served>> all;
  for (const auto driver : eddy::driver_names()) {
    if (eddy::why_unavailable(driver).empty()) all.push_back(std::make_unique<Served>(driver));
  }
  return all;
}
std::vector<std::unique_ptr<Served>> all = make_all();

}  // namespace

int main() {
  std::raise(SIGTERM);
  for (auto& each : all) each->loop.run();
}
