// Each system call of a socket's may be interrupted (EINTR): it is made again. The calls of this program come here
// first, and the first of each kind fails while Interrupted lives.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <reactor/datagram.h>
#include <sys/socket.h>

#include <cerrno>
#include <set>
#include <string>

#include "../support/fixture.h"

// The sanitizers have such functions of their own.
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define EDDY_CALLS_COME_HERE
#endif

namespace eddy::test {
namespace {

// While one lives, the first call by each name fails with EINTR.
class Interrupted {
 public:
  Interrupted() { now = this; }
  ~Interrupted() { now = nullptr; }
  Interrupted(const Interrupted&) = delete;
  Interrupted& operator=(const Interrupted&) = delete;

  std::set<std::string> calls;  // that were interrupted

  static bool fails(const char* name) {
    if (now == nullptr || !now->calls.insert(name).second) return false;
    errno = EINTR;
    return true;
  }

 private:
  static inline Interrupted* now = nullptr;
};

}  // namespace
}  // namespace eddy::test

#ifdef EDDY_CALLS_COME_HERE

namespace {

template <class Function>
Function* real_call(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int sendmmsg(int socket, mmsghdr* messages, unsigned count, int flags) {
  static auto* const real = real_call<int(int, mmsghdr*, unsigned, int)>("sendmmsg");
  return eddy::test::Interrupted::fails("sendmmsg") ? -1 : real(socket, messages, count, flags);
}

int recvmmsg(int socket, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
  static auto* const real = real_call<int(int, mmsghdr*, unsigned, int, timespec*)>("recvmmsg");
  return eddy::test::Interrupted::fails("recvmmsg") ? -1 : real(socket, messages, count, flags, timeout);
}

int bind(int socket, const sockaddr* address, socklen_t size) noexcept {
  static auto* const real = real_call<int(int, const sockaddr*, socklen_t)>("bind");
  return eddy::test::Interrupted::fails("bind") ? -1 : real(socket, address, size);
}

int connect(int socket, const sockaddr* address, socklen_t size) {
  static auto* const real = real_call<int(int, const sockaddr*, socklen_t)>("connect");
  return eddy::test::Interrupted::fails("connect") ? -1 : real(socket, address, size);
}
}

namespace eddy::test {
namespace {

class InterruptedCalls : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, InterruptedCalls, each_driver(), driver_of);

struct Collector {
  void on_datagram(DatagramSocket&, Bytes in, const Address&) const { received->emplace_back(in.text()); }
  void on_error(DatagramSocket&, std::error_code why) const { errors->push_back(why); }
  std::vector<std::string>* received;
  std::vector<std::error_code>* errors;
};

TEST_P(InterruptedCalls, LoseNoDatagram) {
  std::vector<std::string> received;
  std::vector<std::error_code> errors;
  const auto collector = [&] { return Collector{&received, &errors}; };
  Loop loop({.driver = driver()});
  Interrupted interrupted;
  const Datagram<Collector> to(loop, "udp://127.0.0.1:0", collector);
  Datagram<Collector> from(loop, "udp://127.0.0.1:0", collector);
  from.connect(to.address().to_string());
  from.send("one");
  from.send("another");
  ASSERT_TRUE(turn_until(loop, [&] { return received.size() == 2 || !errors.empty(); }));
  EXPECT_EQ(received, (std::vector<std::string>{"one", "another"}));
  EXPECT_TRUE(errors.empty()) << errors.front().message();
  EXPECT_TRUE(interrupted.calls.contains("sendmmsg"));
}

TEST_P(InterruptedCalls, DelayNoConnect) {
  for (const auto* kind : {"tcp", "unix"}) {
    Link link(driver(), kind);
    Interrupted interrupted;
    ASSERT_TRUE(link.open({.timeout = std::chrono::seconds(10)})) << kind << ": " << link.client.why().message();
    EXPECT_TRUE(interrupted.calls.contains("connect") || driver() == "io_uring");
  }
}

}  // namespace
}  // namespace eddy::test

#endif
