#include <fmt/format.h>
#include <reactor/listener.h>
#include <reactor/loop.h>
#include <reactor/timer.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>

#include "child_server.h"

namespace load {
namespace {

[[noreturn]] void throw_child_error(const char* what) { throw std::system_error(errno, std::system_category(), what); }

struct Pipe {
  Pipe() {
    if (::pipe(ends.data()) != 0) throw_child_error("self-test: pipe");
  }
  int reader() const { return ends[0]; }
  int writer() const { return ends[1]; }

  std::array<int, 2> ends{};
};

struct DelayedEcho {
  eddy::Duration delay;
  std::string text = {};
  std::unique_ptr<eddy::Timer> timer = {};

  void on_data(eddy::Connection& peer, eddy::Bytes in) {
    if (delay <= eddy::Duration::zero()) return void(peer.send(in));
    text += in.text();
    if (!timer) {
      timer = std::make_unique<eddy::Timer>(peer.loop(), [this, &peer] {
        void(peer.send(text));
        text.clear();
      });
    }
    if (!timer->running()) timer->start(delay);
  }
  void on_end(eddy::Connection& peer) { peer.finish(); }
};

// The child's whole life.
[[noreturn]] void serve(eddy::Duration delay, int lifeline, int tell) {
  try {
    ::signal(SIGINT, SIG_IGN);  // of the terminal: for the parent, which ends this one then
    eddy::Loop loop;
    eddy::Listener<DelayedEcho> listener(loop, "tcp://127.0.0.1:0", [delay] { return DelayedEcho{delay}; });
    const auto port = listener.address().port();
    if (::write(tell, &port, sizeof port) != sizeof port) ::_exit(1);
    const auto watch = loop.watch(lifeline, eddy::Interest::read, [&loop](eddy::Ready) { loop.stop(); });
    loop.run();
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
}

}  // namespace

ChildServer::ChildServer(eddy::Duration delay) {
  const Pipe lifeline;
  const Pipe port;
  process_ = ::fork();
  if (process_ < 0) throw_child_error("self-test: fork");
  if (process_ == 0) {
    ::close(lifeline.writer());
    ::close(port.reader());
    serve(delay, lifeline.reader(), port.writer());
  }
  ::close(lifeline.reader());
  ::close(port.writer());
  lifeline_ = lifeline.writer();
  std::uint16_t number = 0;
  const auto got = ::read(port.reader(), &number, sizeof number);
  ::close(port.reader());
  if (got != sizeof number) throw std::runtime_error("self-test: the child process that is to serve ended");
  url_ = fmt::format("tcp://127.0.0.1:{}", number);
}

ChildServer::~ChildServer() {
  go_on();
  ::close(lifeline_);
  ::waitpid(process_, nullptr, 0);
}

void ChildServer::stop() const { ::kill(process_, SIGSTOP); }
void ChildServer::go_on() const { ::kill(process_, SIGCONT); }

}  // namespace load
