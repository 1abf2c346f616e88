#include "descriptors.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <reactor/driver/descriptor_passing.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "raw_socket.h"

namespace eddy::test {

std::array<int, 2> open_pipe() {
  std::array<int, 2> pair{-1, -1};
  EXPECT_EQ(::pipe(pair.data()), 0);
  for (const int end : pair) {
    EXPECT_EQ(::fcntl(end, F_SETFL, O_NONBLOCK), 0);
    EXPECT_EQ(::fcntl(end, F_SETFD, FD_CLOEXEC), 0);
  }
  return pair;
}

std::error_code try_to_attach(int socket, std::string text, std::initializer_list<int> attached,
                              std::optional<Address> receiver) {
  iovec payload{text.data(), text.size()};
  std::vector<std::byte> control(CMSG_SPACE(attached.size() * sizeof(int)));
  msghdr message{};
  if (receiver) {
    message.msg_name = const_cast<void*>(receiver->native());
    message.msg_namelen = static_cast<socklen_t>(receiver->native_size());
  }
  message.msg_iov = &payload;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = static_cast<decltype(message.msg_controllen)>(control.size());
  auto& header = *CMSG_FIRSTHDR(&message);
  header.cmsg_level = SOL_SOCKET;
  header.cmsg_type = SCM_RIGHTS;
  header.cmsg_len = static_cast<decltype(header.cmsg_len)>(CMSG_LEN(attached.size() * sizeof(int)));
  std::memcpy(CMSG_DATA(&header), attached.begin(), attached.size() * sizeof(int));
  const auto sent = ::sendmsg(socket, &message, 0);
  if (sent < 0) return {errno, std::system_category()};
  EXPECT_EQ(sent, static_cast<ssize_t>(text.size()));
  return {};
}

void send_with_descriptors(int socket, std::string text, std::initializer_list<int> attached,
                           std::optional<Address> receiver) {
  const auto error = try_to_attach(socket, std::move(text), attached, receiver);
  EXPECT_FALSE(error) << error.message();
}

bool may_refuse_descriptors() {
  auto [ours, theirs] = socket_pair();
  driver::allow_attaching(ours.descriptor(), false);
  return static_cast<bool>(try_to_attach(theirs.descriptor(), "x", {0}));
}

std::size_t open_descriptors() {
  // Not every system lists them. The limit may be a billion; these tests open a few thousand.
  const auto most = std::clamp(::sysconf(_SC_OPEN_MAX), 256L, 65536L);
  std::size_t count = 0;
  for (int descriptor = 0; descriptor < most; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0) ++count;
  }
  return count;
}

int next_descriptor() {
  const int next = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  ::close(next);
  return next;
}

std::size_t allow_descriptors(std::size_t wanted) {
  rlimit limit{};
  EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, static_cast<rlim_t>(wanted)));
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  return static_cast<std::size_t>(limit.rlim_cur);
}

DescriptorLimit::DescriptorLimit(std::size_t free) {
  rlimit limit{};
  EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  before_ = static_cast<std::size_t>(limit.rlim_cur);
  set(static_cast<std::size_t>(next_descriptor()) + free);
}

DescriptorLimit::~DescriptorLimit() { set(before_); }

void DescriptorLimit::set(std::size_t soft) {
  rlimit limit{};
  EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = std::min(limit.rlim_max, static_cast<rlim_t>(soft));
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

}  // namespace eddy::test
