// The second floor: a TCP echo server on a bare io_uring, to compare eddy-echo's io_uring driver with. Multishot accept
// and receive, provided buffers, answers sent from where they were received, one enter for all. It does nothing else:
// an answer that the kernel takes only in part ends the connection.
#include <arpa/inet.h>
#include <liburing.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

constexpr unsigned buffers = 4096;
constexpr std::size_t buffer_size = 4096 + 64;

enum Operation : std::uint64_t { accepting, receiving, sending };

std::uint64_t tag(Operation operation, int descriptor, unsigned buffer = 0) {
  return std::uint64_t{operation} << 56 | std::uint64_t{buffer} << 32 | static_cast<std::uint32_t>(descriptor);
}

struct Server {
  io_uring ring{};
  io_uring_buf_ring* entries = nullptr;
  std::vector<char> memory = std::vector<char>(buffers * buffer_size);

  io_uring_sqe& entry() {
    while (true) {
      if (auto* sqe = io_uring_get_sqe(&ring)) return *sqe;
      io_uring_submit(&ring);
    }
  }
  char* buffer(unsigned number) { return memory.data() + number * buffer_size; }
  void give_back(unsigned number) {
    io_uring_buf_ring_add(entries, buffer(number), buffer_size, static_cast<unsigned short>(number),
                          io_uring_buf_ring_mask(buffers), 0);
    io_uring_buf_ring_advance(entries, 1);
  }

  void accept(int listener) {
    auto& sqe = entry();
    io_uring_prep_multishot_accept(&sqe, listener, nullptr, nullptr, 0);
    sqe.user_data = tag(accepting, listener);
  }
  void receive(int peer) {
    auto& sqe = entry();
    io_uring_prep_recv_multishot(&sqe, peer, nullptr, 0, 0);
    sqe.flags |= IOSQE_BUFFER_SELECT;
    sqe.buf_group = 0;
    sqe.user_data = tag(receiving, peer);
  }
  void send(int peer, unsigned number, std::size_t size) {
    auto& sqe = entry();
    io_uring_prep_send(&sqe, peer, buffer(number), size, MSG_NOSIGNAL | MSG_WAITALL);
    sqe.user_data = tag(sending, peer, number);
  }

  void complete(const io_uring_cqe& cqe) {
    const auto operation = static_cast<Operation>(cqe.user_data >> 56);
    const int descriptor = static_cast<int>(cqe.user_data & 0xffffffff);
    if (operation == sending) return give_back(static_cast<unsigned>(cqe.user_data >> 32 & 0xffffff));
    const bool more = (cqe.flags & IORING_CQE_F_MORE) != 0;
    if (operation == accepting) {
      if (!more) accept(descriptor);
      if (cqe.res < 0) return;
      const int on = 1;
      setsockopt(cqe.res, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return receive(cqe.res);
    }
    if (cqe.res > 0) {
      send(descriptor, cqe.flags >> IORING_CQE_BUFFER_SHIFT, static_cast<std::size_t>(cqe.res));
      if (!more) receive(descriptor);
    } else if (cqe.res == -ENOBUFS) {
      receive(descriptor);
    } else {
      close(descriptor);
    }
  }
};

}  // namespace

int main() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (listener < 0 || bind(listener, reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
      listen(listener, 4096) != 0 || getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    std::perror("listen");
    return 1;
  }

  Server server;
  io_uring_params parameters{};
  parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
  parameters.cq_entries = 16384;
  io_uring_buf_reg request{};
  void* entries = std::aligned_alloc(4096, buffers * sizeof(io_uring_buf));
  request.ring_addr = reinterpret_cast<std::uintptr_t>(entries);
  request.ring_entries = buffers;
  if (io_uring_queue_init_params(4096, &server.ring, &parameters) != 0 ||
      io_uring_register_buf_ring(&server.ring, &request, 0) != 0) {
    std::fprintf(stderr, "no io_uring here\n");
    return 1;
  }
  io_uring_register_ring_fd(&server.ring);
  server.entries = static_cast<io_uring_buf_ring*>(entries);
  io_uring_buf_ring_init(server.entries);
  for (unsigned i = 0; i < buffers; ++i) server.give_back(i);

  std::printf("ready tcp://127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  server.accept(listener);
  while (true) {
    io_uring_submit_and_wait(&server.ring, 1);
    unsigned head = 0;
    unsigned count = 0;
    io_uring_cqe* cqe = nullptr;
    io_uring_for_each_cqe(&server.ring, head, cqe) {
      server.complete(*cqe);
      ++count;
    }
    io_uring_cq_advance(&server.ring, count);
  }
}
