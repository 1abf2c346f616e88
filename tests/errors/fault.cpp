#include "fault.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <vector>

namespace eddy::test {
namespace {

std::vector<Fault*> faults;

}  // namespace

Fault::Fault(std::string call, int error, int times) : call_(std::move(call)), error_(error), left_(times) {
  faults.push_back(this);
}

Fault::~Fault() { std::erase(faults, this); }

int Fault::strikes(std::string_view call) {
  if (!InEngine::now()) return 0;
  for (auto* fault : faults) {
    if (fault->call_ != call || fault->left_ == 0) continue;
    --fault->left_;
    ++fault->hits_;
    return fault->error_;
  }
  return 0;
}

namespace {

bool fails(std::string_view call) {
  const int error = Fault::strikes(call);
  if (error != 0) errno = error;
  return error != 0;
}

}  // namespace
}  // namespace eddy::test

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
extern "C" {

int __real_accept4(int socket, sockaddr* address, socklen_t* size, int flags);
int __wrap_accept4(int socket, sockaddr* address, socklen_t* size, int flags) {
  return eddy::test::fails("accept4") ? -1 : __real_accept4(socket, address, size, flags);
}

int __real_connect(int socket, const sockaddr* address, socklen_t size);
int __wrap_connect(int socket, const sockaddr* address, socklen_t size) {
  const int error = eddy::test::Fault::strikes("connect");
  if (error == 0) return __real_connect(socket, address, size);
  if (error == EINPROGRESS) __real_connect(socket, address, size);
  errno = error;
  return -1;
}

int __real_getsockopt(int socket, int level, int option, void* value, socklen_t* size);
int __wrap_getsockopt(int socket, int level, int option, void* value, socklen_t* size) {
  const int result = __real_getsockopt(socket, level, option, value, size);
  if (level != SOL_SOCKET || option != SO_ERROR) return result;
  if (const int error = eddy::test::Fault::strikes("SO_ERROR"); error != 0) *static_cast<int*>(value) = error;
  return result;
}

ssize_t __real_recv(int socket, void* data, size_t size, int flags);
ssize_t __wrap_recv(int socket, void* data, size_t size, int flags) {
  return eddy::test::fails("recv") ? -1 : __real_recv(socket, data, size, flags);
}

ssize_t __real_send(int socket, const void* data, size_t size, int flags);
ssize_t __wrap_send(int socket, const void* data, size_t size, int flags) {
  return eddy::test::fails("send") ? -1 : __real_send(socket, data, size, flags);
}

ssize_t __real_sendmsg(int socket, const msghdr* message, int flags);
ssize_t __wrap_sendmsg(int socket, const msghdr* message, int flags) {
  return eddy::test::fails("send") ? -1 : __real_sendmsg(socket, message, flags);
}

int __real_recvmmsg(int socket, mmsghdr* messages, unsigned count, int flags, timespec* timeout);
int __wrap_recvmmsg(int socket, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
  return eddy::test::fails("recvmmsg") ? -1 : __real_recvmmsg(socket, messages, count, flags, timeout);
}

int __real_sendmmsg(int socket, mmsghdr* messages, unsigned count, int flags);
int __wrap_sendmmsg(int socket, mmsghdr* messages, unsigned count, int flags) {
  return eddy::test::fails("sendmmsg") ? -1 : __real_sendmmsg(socket, messages, count, flags);
}

int __real_epoll_ctl(int epoll, int operation, int descriptor, epoll_event* event);
int __wrap_epoll_ctl(int epoll, int operation, int descriptor, epoll_event* event) {
  if (operation == EPOLL_CTL_ADD && eddy::test::fails("epoll_ctl")) return -1;
  return __real_epoll_ctl(epoll, operation, descriptor, event);
}

int __real_epoll_wait(int epoll, epoll_event* events, int most, int timeout);
int __wrap_epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
  return eddy::test::fails("epoll_wait") ? -1 : __real_epoll_wait(epoll, events, most, timeout);
}

// With no descriptors it is a pause.
int __real_poll(pollfd* polled, nfds_t count, int timeout);
int __wrap_poll(pollfd* polled, nfds_t count, int timeout) {
  return count > 0 && eddy::test::fails("poll") ? -1 : __real_poll(polled, count, timeout);
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...) {
  va_list rest;
  va_start(rest, number);
  long values[6];
  for (auto& value : values) value = va_arg(rest, long);
  va_end(rest);
#ifdef __NR_epoll_pwait2
  if (number == __NR_epoll_pwait2 && (eddy::test::fails("epoll_pwait2") || eddy::test::fails("epoll_wait"))) return -1;
#endif
  return __real_syscall(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}
}
// NOLINTEND(bugprone-reserved-identifier)
