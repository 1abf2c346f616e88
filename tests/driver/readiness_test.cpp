// What ReadinessDriver makes of events that pollers seldom report: from a poller that reports what it is told to.
#include <gtest/gtest.h>
#include <reactor/driver/readiness_driver.h>
#include <reactor/driver/socket.h>
#include <reactor/loop.h>

#include <algorithm>
#include <utility>

#include "../support/fixture.h"
#include "../support/raw_socket.h"
#include "fake_endpoints.h"

namespace eddy::test {
namespace {

// One socket; reports `next` of it.
class ToldPoller final : public driver::Poller {
 public:
  ToldPoller(std::optional<driver::PollEvent>& next, driver::Interests& interests)
      : next_(next), interests_(interests) {}

  std::string_view name() const override { return "told"; }
  bool edge_triggered() const override { return false; }
  std::error_code add(driver::NativeSocket /*socket*/, std::uint64_t token, driver::Interests interests) override {
    token_ = token;
    interests_ = interests;
    return {};
  }
  void modify(driver::NativeSocket /*socket*/, std::uint64_t token, driver::Interests interests) override {
    token_ = token;
    interests_ = interests;
  }
  void remove(driver::NativeSocket /*socket*/) override { interests_ = 0; }
  void closing(driver::NativeSocket /*socket*/) override {}
  std::size_t wait(std::span<driver::PollEvent> events, Duration /*timeout*/) override {
    if (!next_) return 0;
    events[0] = *std::exchange(next_, {});
    events[0].token = token_;
    return 1;
  }
  void wake() noexcept override {}

 private:
  std::optional<driver::PollEvent>& next_;
  driver::Interests& interests_;
  std::uint64_t token_ = 0;
};

class ReadinessOfToldEvents : public testing::Test {
 protected:
  Stats stats;
  BlockPool pool;
  std::optional<driver::PollEvent> next;
  driver::Interests interests = 0;  // that the poller has
  driver::ReadinessDriver driver{stats, pool, std::make_unique<ToldPoller>(next, interests)};
};

TEST_F(ReadinessOfToldEvents, ConnectThatFailedForNoKnownReasonIsNoSuccess) {
  auto address = Address::parse("tcp://127.0.0.1:0");
  std::error_code error;
  const auto listening = driver::open_listening(address, {}, error);
  ASSERT_FALSE(error) << error.message();
  TestStream stream(driver);
  ASSERT_FALSE(driver.connect(stream, address, nullptr, {}));
  if (driver.next_deadline() != never) {
    stream.close(pool);
    GTEST_SKIP() << "connected at once";
  }
  next = driver::PollEvent{.write = true, .error = true};
  driver.wait(driver.clock());
  EXPECT_TRUE(stream.connected);
  EXPECT_EQ(stream.connect_result, std::errc::connection_refused);
  stream.close(pool);
}

// An error is no room: who waits to become writable goes on waiting for that.
TEST_F(ReadinessOfToldEvents, ErrorOfAFullDatagramSocketLeavesItWaitingForRoom) {
  if (!has_unix_sockets()) GTEST_SKIP() << "no Unix sockets here";
  std::error_code error;
  auto receiver = Address::parse(free_address("unixgram"));
  const auto full = driver::open_datagram(receiver, {}, error);
  ASSERT_FALSE(error) << error.message();
  TestDatagrams socket;
  auto local = Address::parse(free_address("unixgram"));
  ASSERT_FALSE(driver.bind(socket, local, {}));
  ASSERT_FALSE(driver.connect(socket, receiver));
  driver.receive(socket, true);
  for (int i = 0; i < 10'000 && (interests & driver::want_write) == 0; ++i) {
    socket.queue.append(nullptr, std::string(1000, 'x'));
    driver.flush(socket);
  }
  ASSERT_NE(interests & driver::want_write, 0) << "the receiver takes no more";
  for (int i = 0; i < 3; ++i) {
    next = driver::PollEvent{.error = true};
    driver.wait(driver.clock());
  }
  driver.wait(driver.clock());
  EXPECT_NE(interests & driver::want_write, 0);
  EXPECT_NE(interests & driver::want_read, 0);
  driver.close(socket);
}

// A level that nobody takes is not asked for again, and is when it is wanted.
TEST_F(ReadinessOfToldEvents, LevelThatIsNotTakenIsWithdrawnUntilItIs) {
  auto [ours, theirs] = socket_pair();
  std::error_code error;
  const auto duplicate = driver::duplicate(static_cast<driver::NativeSocket>(ours.descriptor()), error);
  ASSERT_FALSE(error);
  TestStream stream(driver);
  stream.is_tcp = true;
  ASSERT_FALSE(driver.adopt(stream, driver::duplicate(duplicate.get(), error).release()));
  EXPECT_EQ(interests, driver::want_read);
  theirs.send("hello");
  next = driver::PollEvent{.read = true};
  driver.wait(driver.clock());
  driver.wait(driver.clock());
  EXPECT_EQ(interests, 0) << "nobody receives";
  EXPECT_EQ(stream.received, "");
  driver.receive(stream, true);
  driver.wait(driver.clock());
  EXPECT_EQ(stream.received, "hello");
  EXPECT_EQ(interests, driver::want_read);
  stream.close(pool);
}

}  // namespace
}  // namespace eddy::test
