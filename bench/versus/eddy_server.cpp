// The workloads on eddy. EDDY_DRIVER chooses the driver.
#include <reactor/datagram.h>
#include <reactor/listener.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <atomic>
#include <csignal>
#include <deque>
#include <vector>

#include "workloads.h"

namespace {

struct Echo {
  std::size_t on_data(eddy::Connection& peer, eddy::Bytes in) {
    return peer.send(in) == eddy::SendResult::refused ? 0 : in.size();
  }
};

struct FanOut {
  std::vector<eddy::Connection*>* members;

  void on_open(eddy::Connection& peer) { members->push_back(&peer); }
  void on_data(eddy::Connection& /*peer*/, eddy::Bytes in) {
    const eddy::SharedBytes copy(in);
    for (auto* member : *members) void(member->send(copy));
  }
  void on_close(eddy::Connection& peer, std::error_code /*why*/) { std::erase(*members, &peer); }
};

struct UdpEcho {
  void on_datagram(eddy::DatagramSocket& socket, eddy::Bytes in, const eddy::Address& from) {
    void(socket.send_to(from, in));
  }
};

struct Eddy {
  static void echo() {
    eddy::Loop loop;
    eddy::Listener<Echo> listener{loop, "tcp://127.0.0.1:0"};
    versus::ready(listener.address().port());
    loop.stop_on({SIGTERM});
    loop.run();
  }

  static void fan_out() {
    std::vector<eddy::Connection*> members;
    eddy::Loop loop;
    eddy::Listener<FanOut> listener{loop, "tcp://127.0.0.1:0", [&] { return FanOut{&members}; }};
    versus::ready(listener.address().port());
    loop.stop_on({SIGTERM});
    loop.run();
  }

  static void udp() {
    eddy::Loop loop;
    eddy::Datagram<UdpEcho> socket{loop, "udp://127.0.0.1:0", eddy::DatagramOptions{}};
    versus::ready(socket.address().port(), "udp");
    loop.stop_on({SIGTERM});
    loop.run();
  }

  static void timers() {
    struct Timers {
      eddy::Loop loop;
      std::size_t expired = 0;
      std::deque<eddy::Timer> all;

      Timers() {
        for (std::size_t i = 0; i < versus::timers; ++i) {
          all.emplace_back(loop, [this] {
            if (++expired == versus::timers) loop.stop();
          });
        }
      }
      // From the time that the loop knows, as the peers do; start() alone reads the clock.
      void start(std::size_t i, std::chrono::milliseconds delay) { all[i].start_at(loop.now() + delay); }
      void cancel(std::size_t i) { all[i].cancel(); }
      void run_until_expired() { loop.run(); }
    };
    Timers engine;
    versus::measure_timers(engine);
  }

  static void posts() {
    eddy::Loop loop;
    std::size_t ran = 0;
    const auto remote = loop.remote();
    versus::measure_posts(
        [&] {
          remote.post([&] {
            if (++ran == versus::posts) loop.stop();
          });
        },
        [&] { loop.run(); });
  }
};

}  // namespace

int main(int argc, char** argv) { return versus::run<Eddy>(argc, argv); }
