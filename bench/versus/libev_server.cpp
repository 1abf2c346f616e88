// The workloads on libev 4, which has events alone: what is not sent at once is kept here, as its users do.
#include <arpa/inet.h>
#include <ev.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "workloads.h"

namespace {

struct ev_loop* loop;
std::array<char, 65536> buffer;

struct Peer {
  ev_io reading;
  ev_io writing;
  std::string unsent;
  bool to_all;
};
std::vector<Peer*> members;

sockaddr_in loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int bound(int type) {
  const int socket = ::socket(AF_INET, type | SOCK_NONBLOCK, 0);
  auto address = loopback();
  bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
  return socket;
}

unsigned port_of(int descriptor) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

void stop(struct ev_loop* on, ev_signal* /*watcher*/, int /*events*/) { ev_break(on, EVBREAK_ALL); }

void run_until_told() {
  ev_signal signal;
  ev_signal_init(&signal, stop, SIGTERM);
  ev_signal_start(loop, &signal);
  ev_run(loop, 0);
}

void end(Peer* peer) {
  std::erase(members, peer);
  ev_io_stop(loop, &peer->reading);
  ev_io_stop(loop, &peer->writing);
  close(peer->reading.fd);
  delete peer;
}

void send(Peer* peer, const char* data, std::size_t size) {
  std::size_t done = 0;
  if (peer->unsent.empty()) {
    const auto count = ::send(peer->reading.fd, data, size, MSG_NOSIGNAL);
    if (count > 0) done = static_cast<std::size_t>(count);
  }
  if (done == size) return;
  peer->unsent.append(data + done, size - done);
  ev_io_start(loop, &peer->writing);
}

void writable(struct ev_loop* /*on*/, ev_io* watcher, int /*events*/) {
  auto* peer = static_cast<Peer*>(watcher->data);
  const auto count = ::send(watcher->fd, peer->unsent.data(), peer->unsent.size(), MSG_NOSIGNAL);
  if (count < 0 && errno != EAGAIN) return end(peer);
  if (count > 0) peer->unsent.erase(0, static_cast<std::size_t>(count));
  if (peer->unsent.empty()) ev_io_stop(loop, watcher);
}

void readable(struct ev_loop* /*on*/, ev_io* watcher, int /*events*/) {
  auto* peer = static_cast<Peer*>(watcher->data);
  const auto count = recv(watcher->fd, buffer.data(), buffer.size(), 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) return end(peer);
  const auto size = static_cast<std::size_t>(count);
  if (!peer->to_all) return send(peer, buffer.data(), size);
  for (auto* member : members) send(member, buffer.data(), size);
}

void acceptable(struct ev_loop* /*on*/, ev_io* watcher, int /*events*/) {
  while (true) {
    const int descriptor = accept4(watcher->fd, nullptr, nullptr, SOCK_NONBLOCK);
    if (descriptor < 0) return;
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto* peer = new Peer;
    peer->to_all = watcher->data != nullptr;
    ev_io_init(&peer->reading, readable, descriptor, EV_READ);
    ev_io_init(&peer->writing, writable, descriptor, EV_WRITE);
    peer->reading.data = peer->writing.data = peer;
    ev_io_start(loop, &peer->reading);
    if (peer->to_all) members.push_back(peer);
  }
}

void serve(bool to_all) {
  loop = ev_default_loop(0);
  const int listener = bound(SOCK_STREAM);
  listen(listener, 4096);
  ev_io watcher;
  ev_io_init(&watcher, acceptable, listener, EV_READ);
  watcher.data = to_all ? &members : nullptr;
  ev_io_start(loop, &watcher);
  versus::ready(port_of(listener));
  run_until_told();
}

void datagrams(struct ev_loop* /*on*/, ev_io* watcher, int /*events*/) {
  while (true) {
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const auto count =
        recvfrom(watcher->fd, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (count < 0) return;
    sendto(watcher->fd, buffer.data(), static_cast<std::size_t>(count), 0, reinterpret_cast<sockaddr*>(&from), size);
  }
}

std::size_t expired = 0;

void timer_expired(struct ev_loop* on, ev_timer* /*timer*/, int /*events*/) {
  if (++expired == versus::timers) ev_break(on, EVBREAK_ALL);
}

// ev_timer_again is the cheap way to restart one.
struct Timers {
  std::vector<ev_timer> all{versus::timers};

  Timers() {
    for (auto& timer : all) ev_timer_init(&timer, timer_expired, 0., 0.);
  }
  void start(std::size_t i, std::chrono::milliseconds delay) {
    all[i].repeat = static_cast<double>(delay.count()) / 1000;
    ev_timer_again(loop, &all[i]);
  }
  void cancel(std::size_t i) { ev_timer_stop(loop, &all[i]); }
  // Once each: what repeats is stopped in its own callback.
  void run_until_expired() {
    for (auto& timer : all) {
      ev_set_cb(&timer, [](struct ev_loop* on, ev_timer* self, int events) {
        ev_timer_stop(on, self);
        timer_expired(on, self, events);
      });
    }
    ev_now_update(loop);
    ev_run(loop, 0);
  }
};

versus::Tasks tasks;

void run_tasks(struct ev_loop* /*on*/, ev_async* /*wake*/, int /*events*/) { tasks.run(); }

struct Libev {
  static void echo() { serve(false); }
  static void fan_out() { serve(true); }

  static void udp() {
    loop = ev_default_loop(0);
    ev_io watcher;
    ev_io_init(&watcher, datagrams, bound(SOCK_DGRAM), EV_READ);
    ev_io_start(loop, &watcher);
    versus::ready(port_of(watcher.fd), "udp");
    run_until_told();
  }

  static void timers() {
    loop = ev_default_loop(0);
    Timers engine;
    versus::measure_timers(engine);
  }

  static void posts() {
    loop = ev_default_loop(0);
    ev_async wake;
    ev_async_init(&wake, run_tasks);
    ev_async_start(loop, &wake);
    std::size_t ran = 0;
    versus::measure_posts(
        [&] {
          const bool first = tasks.add([&] {
            if (++ran == versus::posts) ev_break(loop, EVBREAK_ALL);
          });
          if (first) ev_async_send(loop, &wake);
        },
        [&] { ev_run(loop, 0); });
  }
};

}  // namespace

int main(int argc, char** argv) { return versus::run<Libev>(argc, argv); }
