// The client of the fan-out workload: connects N times, and the first connection says 100 bytes each time all have got
// the last ones. Every byte is counted and compared. Prints JSON when the time is over.
//
//   versus-fan_out_client URL CONNECTIONS SECONDS
#include <reactor/listener.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

constexpr std::size_t size = 100;

struct Talk {
  eddy::Loop loop;
  std::size_t wanted = 0;
  std::vector<eddy::Connection*> open;
  std::size_t missing = 0;  // bytes of this message, at all of them
  unsigned messages = 0;
  bool over = false;
  eddy::TimePoint began{};
  eddy::TimePoint ended{};

  std::string text() const { return std::string(size, static_cast<char>('a' + messages % 26)); }

  void say() {
    if (over) {
      ended = loop.clock();
      return loop.stop();
    }
    ++messages;
    missing = open.size() * size;
    void(open.front()->send(text()));
  }
  void heard(eddy::Bytes in) {
    const auto expected = text();
    if (in.size() > missing || in.text().find_first_not_of(expected.front()) != std::string_view::npos) {
      std::fputs("fan_out_client: bytes that nobody said\n", stderr);
      std::exit(1);
    }
    missing -= in.size();
    if (missing == 0) say();
  }
};

struct Member {
  Talk* talk;

  void on_open(eddy::Connection& peer) {
    talk->open.push_back(&peer);
    if (talk->open.size() < talk->wanted) return;
    talk->began = talk->loop.clock();
    talk->say();
  }
  void on_data(eddy::Connection& /*peer*/, eddy::Bytes in) { talk->heard(in); }
  void on_close(eddy::Connection& /*peer*/, std::error_code why) {
    if (!why || talk->over) return;
    std::fprintf(stderr, "fan_out_client: %s\n", why.message().c_str());
    std::exit(1);
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: versus-fan_out_client URL CONNECTIONS SECONDS\n", stderr);
    return 2;
  }
  Talk talk;
  talk.wanted = std::strtoul(argv[2], nullptr, 10);
  eddy::Timer end(talk.loop, [&] { talk.over = true; });
  end.start(std::chrono::milliseconds(static_cast<int>(std::strtod(argv[3], nullptr) * 1000)));
  for (std::size_t i = 0; i < talk.wanted; ++i) {
    eddy::connect<Member>(talk.loop, argv[1], [&] { return Member{&talk}; });
  }
  talk.loop.run();
  const auto seconds = std::chrono::duration<double>(talk.ended - talk.began).count();
  std::printf("{\"messages\": %u, \"deliveries\": %zu, \"seconds\": %.3f}\n", talk.messages,
              talk.messages * talk.open.size(), seconds);
}
