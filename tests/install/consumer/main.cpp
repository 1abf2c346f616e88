// Shouts a line back at itself over TCP: uses the engine and a codec the way an embedding program does.
#include <protocols/lines.h>
#include <reactor/listener.h>
#include <reactor/loop.h>

#include <cstdio>
#include <string>

namespace {

struct Shout {
  void on_line(eddy::Connection& peer, std::string_view line) { void(peer.send({line, "!\n"})); }
};

struct Asker {
  std::string* answer;
  void on_open(eddy::Connection& peer) { void(peer.send("hello\n")); }
  void on_line(eddy::Connection& peer, std::string_view line) {
    *answer = line;
    peer.loop().drain(std::chrono::seconds(5));
  }
};

}  // namespace

int main() {
  std::string answer;
  eddy::Loop loop;
  const eddy::Listener<eddy::Lines<Shout>> listener{loop, "tcp://127.0.0.1:0"};
  eddy::connect<eddy::Lines<Asker>>(loop, listener.address().to_string(),
                                    [&] { return eddy::Lines<Asker>(Asker{&answer}); });
  loop.run();
  std::printf("%s\n", answer.c_str());
  return answer == "hello!" ? 0 : 1;
}
