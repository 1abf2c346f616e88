// What ReadinessDriver makes of events that pollers seldom report: from a poller that reports what it is told to.
#include <gtest/gtest.h>
#include <reactor/driver/readiness_driver.h>
#include <reactor/driver/socket.h>
#include <reactor/loop.h>

#include <algorithm>
#include <utility>

#include "fake_endpoints.h"

namespace eddy::test {
namespace {

// One socket; reports `next` of it.
class ToldPoller final : public driver::Poller {
 public:
  explicit ToldPoller(std::optional<driver::PollEvent>& next) : next_(next) {}

  std::string_view name() const override { return "told"; }
  bool edge_triggered() const override { return false; }
  std::error_code add(driver::NativeSocket /*socket*/, std::uint64_t token, driver::Interests /*interests*/) override {
    token_ = token;
    return {};
  }
  void modify(driver::NativeSocket /*socket*/, std::uint64_t token, driver::Interests /*interests*/) override {
    token_ = token;
  }
  void remove(driver::NativeSocket /*socket*/) override {}
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
  std::uint64_t token_ = 0;
};

class ReadinessOfToldEvents : public testing::Test {
 protected:
  Stats stats;
  BlockPool pool;
  std::optional<driver::PollEvent> next;
  driver::ReadinessDriver driver{stats, pool, std::make_unique<ToldPoller>(next)};
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

}  // namespace
}  // namespace eddy::test
