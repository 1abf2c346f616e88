// Datagrams that the kernel cuts from one message, and those that it delivers as one: nobody sees the difference, but
// in the number of system calls.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <reactor/datagram.h>
#include <reactor/driver/descriptor_passing.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "../support/descriptors.h"
#include "../support/fixture.h"
#include "../support/kernel.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

struct Inbox {
  std::vector<std::string> received;
  std::function<void(DatagramSocket&)> on_datagram = [](DatagramSocket&) {};
};

struct Reader {
  Inbox* inbox;
  void on_datagram(DatagramSocket& socket, Bytes in, const Address&) const {
    inbox->received.emplace_back(in.text());
    inbox->on_datagram(socket);
  }
};

class Segments : public OnDriver {
 protected:
  void SetUp() override {
    int on = 1;
    socklen_t size = sizeof on;
    const RawSocket probe(::socket(AF_INET, SOCK_DGRAM, 0));
    if (::getsockopt(probe.descriptor(), IPPROTO_UDP, 103 /* UDP_SEGMENT */, &on, &size) != 0 ||
        ::setsockopt(probe.descriptor(), IPPROTO_UDP, 104 /* UDP_GRO */, &on, sizeof on) != 0) {
      GTEST_SKIP() << "the kernel combines no datagrams";
    }
    if (const auto wrong = wrong_segments(); !wrong.empty()) GTEST_SKIP() << wrong;
  }
  // Sent in one turn, from one socket.
  void send(const std::vector<std::string>& payloads) {
    for (const auto& each : payloads) ASSERT_EQ(sender.send_to(receiver.address(), each), SendResult::accepted);
    ASSERT_TRUE(turn_until(loop, [&] { return inbox.received.size() == payloads.size(); }));
    EXPECT_EQ(inbox.received, payloads);
  }

  Loop loop{{.driver = driver()}};
  Inbox inbox;
  Inbox unused;
  Datagram<Reader> receiver{loop, "udp://127.0.0.1:0", [this] { return Reader{&inbox}; }};
  Datagram<Reader> sender{loop, "udp://127.0.0.1:0", [this] { return Reader{&unused}; }};
};
INSTANTIATE_TEST_SUITE_P(Drivers, Segments, each_driver(), driver_of);

std::vector<std::string> numbered(std::size_t count, std::size_t size) {
  std::vector<std::string> payloads;
  for (std::size_t i = 0; i < count; ++i) {
    auto text = std::to_string(i);
    text.resize(size, '.');
    payloads.push_back(std::move(text));
  }
  return payloads;
}

TEST_P(Segments, EqualOnesTravelTogetherAndArriveOneByOne) {
  send(numbered(200, 100));
  EXPECT_EQ(loop.stats().messages_in, 200U);
  EXPECT_EQ(loop.stats().bytes_in, 20'000U);
  EXPECT_EQ(loop.stats().datagrams_out_combined, 200U);
  EXPECT_EQ(loop.stats().datagrams_in_combined, 200U);
}

TEST_P(Segments, AShorterOneEndsARun) {
  auto payloads = numbered(10, 100);
  payloads[4].resize(60);
  payloads.emplace_back();
  payloads.emplace_back(5, 'x');
  payloads.emplace_back(6, 'y');
  send(payloads);
  // The first five, and the five after them; an empty one, and those before a longer one, go alone.
  EXPECT_EQ(loop.stats().datagrams_out_combined, 10U);
}

TEST_P(Segments, LongOnesAreLeftToTheKernelToFragment) {
  send(numbered(5, 1453));
  EXPECT_EQ(loop.stats().datagrams_out_combined, 0U);
  inbox.received.clear();
  send(numbered(100, 1452));
  EXPECT_EQ(loop.stats().datagrams_out_combined, 100U);
}

TEST_P(Segments, DifferentReceiversGetTheirOwn) {
  Inbox other_inbox;
  Datagram<Reader> other(loop, "udp://127.0.0.1:0", [&] { return Reader{&other_inbox}; });
  for (const auto& each : numbered(20, 50)) {
    sender.send_to(receiver.address(), each);
    sender.send_to(other.address(), each);
  }
  ASSERT_TRUE(turn_until(loop, [&] { return inbox.received.size() == 20 && other_inbox.received.size() == 20; }));
  EXPECT_EQ(inbox.received, numbered(20, 50));
  EXPECT_EQ(other_inbox.received, numbered(20, 50));
}

TEST_P(Segments, OneThatIsClosedInTheMiddleGetsNoMore) {
  inbox.on_datagram = [this](DatagramSocket& socket) {
    if (inbox.received.size() == 3) socket.close();
  };
  for (const auto& each : numbered(20, 50)) sender.send_to(receiver.address(), each);
  ASSERT_TRUE(turn_until(loop, [&] { return receiver.closed(); }));
  bool later = false;
  loop.post([&] { later = true; });
  ASSERT_TRUE(turn_until(loop, [&] { return later; }));
  EXPECT_EQ(inbox.received.size(), 3U);
}

TEST_P(Segments, AReceiverThatKnowsNothingOfThemGetsThemOneByOne) {
  RawSocket plain(::socket(AF_INET, SOCK_DGRAM, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(plain.descriptor(), reinterpret_cast<const sockaddr*>(&any), sizeof any), 0) << errno;
  const auto address = plain.local();
  for (const auto& each : numbered(20, 50)) sender.send_to(address, each);
  bool later = false;
  loop.post([&] { later = true; });
  ASSERT_TRUE(turn_until(loop, [&] { return later && sender.queued() == 0; }));
  for (const auto& each : numbered(20, 50)) {
    ASSERT_TRUE(plain.wait_readable(patience));
    EXPECT_EQ(plain.read_some(), each);
  }
}

TEST_P(Segments, AnswersToAllThatComesAtOnceAreNotTooMany) {
  std::size_t refused = 0;
  const std::string answer(8'000, 'a');
  inbox.on_datagram = [&](DatagramSocket& socket) {
    if (socket.send_to(sender.address(), answer) == SendResult::refused) ++refused;
  };
  // As many bytes of answers as may be queued, twice over.
  const auto requests = 2 * DatagramOptions().output_cap / answer.size();
  for (const auto& each : numbered(requests, 20)) sender.send_to(receiver.address(), each);
  ASSERT_TRUE(turn_until(loop, [&] { return inbox.received.size() == requests; })) << inbox.received.size();
  EXPECT_EQ(refused, 0U);
}

// Whatever the kernel can do with UDP.
class UnixDatagrams : public OnDriver {
 protected:
  Loop loop{{.driver = driver()}};
  Inbox unused;
};
INSTANTIATE_TEST_SUITE_P(Drivers, UnixDatagrams, each_driver(), driver_of);

TEST_P(UnixDatagrams, AreNeverOne) {
  Inbox local;
  const auto name = "unixgram:@eddy-segments-" + std::to_string(::getpid()) + driver();
  Datagram<Reader> unix_receiver(loop, name, [&] { return Reader{&local}; });
  Datagram<Reader> unix_sender(loop, name + "-sender", [&] { return Reader{&unused}; });
  for (const auto& each : numbered(5, 50)) unix_sender.send_to(unix_receiver.address(), each);
  ASSERT_TRUE(turn_until(loop, [&] { return local.received.size() == 5; }));
  EXPECT_EQ(local.received, numbered(5, 50));
}

// They would stay open for good.
TEST_P(UnixDatagrams, BringNoDescriptorsOfTheirSender) {
  Inbox local;
  const auto name = "unixgram:@eddy-rights-" + std::to_string(::getpid()) + driver();
  Datagram<Reader> unix_receiver(loop, name, [&] { return Reader{&local}; });
  driver::allow_attaching(unix_receiver.native_handle(), true);  // as on a system that cannot refuse
  const RawSocket peer(::socket(AF_UNIX, SOCK_DGRAM, 0));
  const auto before = open_descriptors();

  const std::string text = "with two descriptors";
  send_with_descriptors(peer.descriptor(), text, {peer.descriptor(), peer.descriptor()}, unix_receiver.address());

  ASSERT_TRUE(turn_until(loop, [&] { return !local.received.empty(); }));
  EXPECT_EQ(local.received, std::vector{text});
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace eddy::test
