// The workloads on libevent 2.1, as its book has it: bufferevents for streams, plain events for datagrams and timers,
// and for tasks from other threads a queue and an event that these activate.
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <vector>

#include "workloads.h"

namespace {

event_base* base;
std::vector<bufferevent*> members;

unsigned port_of(evutil_socket_t descriptor) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

sockaddr_in loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void stop(evutil_socket_t /*signal*/, short /*what*/, void* /*argument*/) { event_base_loopbreak(base); }

void run_until_told() {
  auto* signal = evsignal_new(base, SIGTERM, stop, nullptr);
  event_add(signal, nullptr);
  event_base_dispatch(base);
  event_free(signal);
}

void ended(bufferevent* peer, short what, void* /*argument*/) {
  if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) == 0) return;
  std::erase(members, peer);
  bufferevent_free(peer);
}

// Moves the input to the output without copying it.
void send_back(bufferevent* peer, void* /*argument*/) {
  evbuffer_add_buffer(bufferevent_get_output(peer), bufferevent_get_input(peer));
}

void send_to_all(bufferevent* peer, void* /*argument*/) {
  auto* input = bufferevent_get_input(peer);
  const auto size = evbuffer_get_length(input);
  const auto* data = evbuffer_pullup(input, -1);
  for (auto* member : members) bufferevent_write(member, data, size);
  evbuffer_drain(input, size);
}

void accepted(evconnlistener* /*listener*/, evutil_socket_t descriptor, sockaddr* /*from*/, int /*size*/,
              void* argument) {
  auto* peer = bufferevent_socket_new(base, descriptor, BEV_OPT_CLOSE_ON_FREE);
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const bool to_all = argument != nullptr;
  if (to_all) members.push_back(peer);
  bufferevent_setcb(peer, to_all ? send_to_all : send_back, nullptr, ended, nullptr);
  bufferevent_enable(peer, EV_READ | EV_WRITE);
}

void serve(bool to_all) {
  base = event_base_new();
  auto address = loopback();
  auto* listener =
      evconnlistener_new_bind(base, accepted, to_all ? &members : nullptr, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
                              4096, reinterpret_cast<sockaddr*>(&address), sizeof address);
  versus::ready(port_of(evconnlistener_get_fd(listener)));
  run_until_told();
}

void datagrams(evutil_socket_t socket, short /*what*/, void* /*argument*/) {
  std::array<char, 65536> buffer;
  while (true) {
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const auto count = recvfrom(socket, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (count < 0) return;
    sendto(socket, buffer.data(), static_cast<std::size_t>(count), 0, reinterpret_cast<sockaddr*>(&from), size);
  }
}

std::size_t expired = 0;

void timer_expired(evutil_socket_t /*none*/, short /*what*/, void* /*argument*/) {
  if (++expired == versus::timers) event_base_loopbreak(base);
}

struct Timers {
  std::vector<event*> all;

  Timers() {
    for (std::size_t i = 0; i < versus::timers; ++i) all.push_back(evtimer_new(base, timer_expired, nullptr));
  }
  void start(std::size_t i, std::chrono::milliseconds delay) const {
    const timeval time{delay.count() / 1000, delay.count() % 1000 * 1000};
    evtimer_add(all[i], &time);
  }
  void cancel(std::size_t i) const { evtimer_del(all[i]); }
  static void run_until_expired() { event_base_dispatch(base); }
};

versus::Tasks tasks;

void run_tasks(evutil_socket_t /*none*/, short /*what*/, void* /*argument*/) { tasks.run(); }

struct Libevent {
  static void echo() { serve(false); }
  static void fan_out() { serve(true); }

  static void udp() {
    base = event_base_new();
    const auto socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    auto address = loopback();
    bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
    auto* event = event_new(base, socket, EV_READ | EV_PERSIST, datagrams, nullptr);
    event_add(event, nullptr);
    versus::ready(port_of(socket), "udp");
    run_until_told();
  }

  static void timers() {
    base = event_base_new();
    Timers engine;
    versus::measure_timers(engine);
  }

  static void posts() {
    evthread_use_pthreads();
    base = event_base_new();
    auto* wake = event_new(base, -1, EV_PERSIST, run_tasks, nullptr);
    event_add(wake, nullptr);
    std::size_t ran = 0;
    versus::measure_posts(
        [&] {
          const bool first = tasks.add([&] {
            if (++ran == versus::posts) event_base_loopbreak(base);
          });
          if (first) event_active(wake, 0, 0);
        },
        [&] { event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY); });
  }
};

}  // namespace

int main(int argc, char** argv) { return versus::run<Libevent>(argc, argv); }
