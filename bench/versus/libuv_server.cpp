// The workloads on libuv 1, as its guide has it: streams with uv_read_start, uv_try_write first and uv_write for what
// is left, uv_udp_t with recvmmsg, uv_timer_t, and uv_async_t with a queue for tasks from other threads.
#include <uv.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "workloads.h"

namespace {

uv_loop_t* const loop = uv_default_loop();
std::vector<uv_stream_t*> members;
std::vector<char> buffer(65536);  // one read is done with before the next one begins

sockaddr_in loopback() {
  sockaddr_in address{};
  uv_ip4_addr("127.0.0.1", 0, &address);
  return address;
}

void stop(uv_signal_t* /*handle*/, int /*signal*/) { uv_stop(loop); }

void run_until_told() {
  uv_signal_t signal;
  uv_signal_init(loop, &signal);
  uv_signal_start(&signal, stop, SIGTERM);
  uv_run(loop, UV_RUN_DEFAULT);
}

void room(uv_handle_t* /*handle*/, std::size_t /*suggested*/, uv_buf_t* into) {
  *into = uv_buf_init(buffer.data(), static_cast<unsigned>(buffer.size()));
}

struct Write {
  uv_write_t request;
  std::string data;
};

void written(uv_write_t* request, int /*status*/) { delete static_cast<Write*>(request->data); }

// What the socket does not take at once is copied and queued.
void send(uv_stream_t* peer, const char* data, std::size_t size) {
  auto piece = uv_buf_init(const_cast<char*>(data), static_cast<unsigned>(size));
  const auto taken = uv_try_write(peer, &piece, 1);
  const auto done = taken > 0 ? static_cast<std::size_t>(taken) : 0;
  if (done == size) return;
  auto* write = new Write{{}, std::string(data + done, size - done)};
  write->request.data = write;
  piece = uv_buf_init(write->data.data(), static_cast<unsigned>(write->data.size()));
  uv_write(&write->request, peer, &piece, 1, written);
}

void closed(uv_handle_t* handle) { delete reinterpret_cast<uv_tcp_t*>(handle); }

void end(uv_stream_t* peer) {
  std::erase(members, peer);
  if (!uv_is_closing(reinterpret_cast<uv_handle_t*>(peer))) uv_close(reinterpret_cast<uv_handle_t*>(peer), closed);
}

void send_back(uv_stream_t* peer, ssize_t count, const uv_buf_t* data) {
  if (count < 0) return end(peer);
  send(peer, data->base, static_cast<std::size_t>(count));
}

void send_to_all(uv_stream_t* peer, ssize_t count, const uv_buf_t* data) {
  if (count < 0) return end(peer);
  for (auto* member : members) send(member, data->base, static_cast<std::size_t>(count));
}

void accepted(uv_stream_t* listener, int status) {
  if (status < 0) return;
  auto* peer = new uv_tcp_t;
  uv_tcp_init(loop, peer);
  auto* stream = reinterpret_cast<uv_stream_t*>(peer);
  if (uv_accept(listener, stream) != 0) return end(stream);
  uv_tcp_nodelay(peer, 1);
  const bool to_all = listener->data != nullptr;
  if (to_all) members.push_back(stream);
  uv_read_start(stream, room, to_all ? send_to_all : send_back);
}

void serve(bool to_all) {
  uv_tcp_t listener;
  uv_tcp_init(loop, &listener);
  listener.data = to_all ? &members : nullptr;
  const auto address = loopback();
  uv_tcp_bind(&listener, reinterpret_cast<const sockaddr*>(&address), 0);
  uv_listen(reinterpret_cast<uv_stream_t*>(&listener), 4096, accepted);
  sockaddr_in bound{};
  int size = sizeof bound;
  uv_tcp_getsockname(&listener, reinterpret_cast<sockaddr*>(&bound), &size);
  versus::ready(ntohs(bound.sin_port));
  run_until_told();
}

// With recvmmsg the room is for several datagrams, and given back when all of them were told.
std::vector<char> datagram_room(20 * 65536);

void datagram_room_for(uv_handle_t* /*handle*/, std::size_t /*suggested*/, uv_buf_t* into) {
  *into = uv_buf_init(datagram_room.data(), static_cast<unsigned>(datagram_room.size()));
}

void datagram(uv_udp_t* socket, ssize_t count, const uv_buf_t* data, const sockaddr* from, unsigned /*flags*/) {
  if (count < 0 || from == nullptr) return;
  const auto piece = uv_buf_init(data->base, static_cast<unsigned>(count));
  uv_udp_try_send(socket, &piece, 1, from);
}

std::size_t expired = 0;

void timer_expired(uv_timer_t* /*timer*/) {
  if (++expired == versus::timers) uv_stop(loop);
}

struct Timers {
  std::vector<uv_timer_t> all{versus::timers};

  Timers() {
    for (auto& timer : all) uv_timer_init(loop, &timer);
  }
  void start(std::size_t i, std::chrono::milliseconds delay) {
    uv_timer_start(&all[i], timer_expired, static_cast<std::uint64_t>(delay.count()), 0);
  }
  void cancel(std::size_t i) { uv_timer_stop(&all[i]); }
  static void run_until_expired() {
    uv_update_time(loop);
    uv_run(loop, UV_RUN_DEFAULT);
  }
};

versus::Tasks tasks;

void run_tasks(uv_async_t* /*wake*/) { tasks.run(); }

struct Libuv {
  static void echo() { serve(false); }
  static void fan_out() { serve(true); }

  static void udp() {
    uv_udp_t socket;
    uv_udp_init_ex(loop, &socket, AF_INET | UV_UDP_RECVMMSG);
    const auto address = loopback();
    uv_udp_bind(&socket, reinterpret_cast<const sockaddr*>(&address), 0);
    uv_udp_recv_start(&socket, datagram_room_for, datagram);
    sockaddr_in bound{};
    int size = sizeof bound;
    uv_udp_getsockname(&socket, reinterpret_cast<sockaddr*>(&bound), &size);
    versus::ready(ntohs(bound.sin_port), "udp");
    run_until_told();
  }

  static void timers() {
    Timers engine;
    versus::measure_timers(engine);
  }

  static void posts() {
    uv_async_t wake;
    uv_async_init(loop, &wake, run_tasks);
    std::size_t ran = 0;
    versus::measure_posts(
        [&] {
          const bool first = tasks.add([&] {
            if (++ran == versus::posts) uv_stop(loop);
          });
          if (first) uv_async_send(&wake);
        },
        [&] { uv_run(loop, UV_RUN_DEFAULT); });
  }
};

}  // namespace

int main(int argc, char** argv) { return versus::run<Libuv>(argc, argv); }
