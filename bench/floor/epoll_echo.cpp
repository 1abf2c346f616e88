// The floor: a TCP echo server of nothing but system calls, to compare eddy-echo with. It does what any correct server
// must (non-blocking sockets, what the peer does not take at once is kept) and nothing else: no time-outs, no limits,
// no statistics, no care for a full descriptor table.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

namespace {

struct Peer {
  std::string unsent;
};

void watch(int epoll, int operation, int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  if (epoll_ctl(epoll, operation, descriptor, &event) != 0) std::perror("epoll_ctl");
}

void end(Peer& peer, int descriptor) {
  peer = Peer{};
  close(descriptor);
}

// Sends what is unsent; false when the connection is gone.
bool flush(Peer& peer, int epoll, int descriptor) {
  const auto sent = send(descriptor, peer.unsent.data(), peer.unsent.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return false;
  if (sent > 0) peer.unsent.erase(0, static_cast<std::size_t>(sent));
  if (peer.unsent.empty()) watch(epoll, EPOLL_CTL_MOD, descriptor, EPOLLIN);
  return true;
}

// Reads once and sends it back; false when the connection has ended.
bool echo(Peer& peer, int epoll, int descriptor, std::array<char, 65536>& buffer) {
  const auto got = recv(descriptor, buffer.data(), buffer.size(), 0);
  if (got <= 0) return got < 0 && errno == EAGAIN;
  const auto size = static_cast<std::size_t>(got);
  const auto sent = send(descriptor, buffer.data(), size, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return false;
  const auto done = sent > 0 ? static_cast<std::size_t>(sent) : 0;
  if (done < size) {
    peer.unsent.assign(buffer.data() + done, size - done);
    watch(epoll, EPOLL_CTL_MOD, descriptor, EPOLLOUT);
  }
  return true;
}

}  // namespace

int main() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (listener < 0 || bind(listener, reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
      listen(listener, 4096) != 0 || getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    std::perror("listen");
    return 1;
  }
  std::printf("ready tcp://127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);

  const int epoll = epoll_create1(0);
  watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN);
  std::vector<Peer> peers;
  std::array<char, 65536> buffer{};
  std::array<epoll_event, 512> events{};
  while (true) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      const int descriptor = event.data.fd;
      if (descriptor == listener) {
        const int accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (accepted < 0) continue;
        const int on = 1;
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (peers.size() <= static_cast<std::size_t>(accepted)) peers.resize(static_cast<std::size_t>(accepted) + 1);

        watch(epoll, EPOLL_CTL_ADD, accepted, EPOLLIN);
        continue;
      }
      auto& peer = peers[static_cast<std::size_t>(descriptor)];
      const bool lives =
          (event.events & EPOLLOUT) != 0 ? flush(peer, epoll, descriptor) : echo(peer, epoll, descriptor, buffer);
      if (!lives) end(peer, descriptor);
    }
  }
}
