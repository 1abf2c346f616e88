// OwnedSocket: a socket of the system's that belongs to whoever has this object, and is closed with it. By it sockets
// that were made elsewhere come into a loop, and a loop's are given away:
//   eddy::Listener<Echo> echo{loop, eddy::OwnedSocket{3}};     // inherited: inetd, systemd (sd_listen_fds(3))
//   eddy::adopt<Echo>(loop, eddy::OwnedSocket{ends[0]});       // socketpair(2), or accepted by somebody else
//   eddy::adopt<Tail>(loop, eddy::OwnedSocket{pipe_end});      // of a pipe or FIFO, or a terminal (listener.h: adopt)
//   eddy::Datagram<Log> log{loop, eddy::OwnedSocket{descriptor}};
//   if (auto given = connection.release()) serve_elsewhere(given->socket.release(), given->unread);
//   void(peer.send("a file", eddy::OwnedDescriptor{file}));    // to another process: connection.h
// Whatever takes one closes it when it throws. A socket that is taken becomes non-blocking (for each process that
// shares it) and close-on-exec, a Watch of it ends, and its other settings stay. The file of a Unix socket that was
// made elsewhere is not removed, nor is that of one that is given away.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "reactor/driver/native_socket.h"

namespace eddy {

class OwnedSocket {
 public:
  OwnedSocket() = default;
  explicit OwnedSocket(driver::NativeSocket socket) : socket_(socket) {}
  OwnedSocket(OwnedSocket&& other) noexcept : socket_(other.release()) {}
  OwnedSocket& operator=(OwnedSocket&& other) noexcept {
    std::swap(socket_, other.socket_);
    return *this;
  }
  ~OwnedSocket();

  driver::NativeSocket get() const { return socket_; }
  explicit operator bool() const { return socket_ != driver::no_socket; }
  // The caller's from now on.
  [[nodiscard]] driver::NativeSocket release() { return std::exchange(socket_, driver::no_socket); }

 private:
  driver::NativeSocket socket_ = driver::no_socket;
};

// One that may be of a file, a pipe, or anything else that a process has open: it is owned in the same way.
using OwnedDescriptor = OwnedSocket;

// What Connection::release gives.
struct ReleasedConnection {
  OwnedSocket socket;
  // Received, and not consumed by on_data: it comes before what the socket still has. After a release inside on_data it
  // lacks what that call was given, which the session has. adopt() offers it to the new session first.
  std::vector<std::byte> unread;
};

// What ListenerBase::release gives.
struct ReleasedListener {
  OwnedSocket socket;
  std::vector<OwnedSocket> accepted;  // io_uring may have accepted connections that the listener was not told of yet
};

}  // namespace eddy
