// What a loop counts, and what its observer is told.
#include <gtest/gtest.h>
#include <reactor/datagram.h>
#include <reactor/observer.h>

#include <thread>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

std::uint64_t closed_by(const Stats& stats, CloseReason reason) {
  return stats.closed[static_cast<std::size_t>(reason)];
}

class LoopStatsOnDriver : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, LoopStatsOnDriver, each_driver(), driver_of);

TEST_P(LoopStatsOnDriver, CountConnectionsBytesAndMessages) {
  Link link(driver());
  link.server.on_data = [](Connection& peer, Bytes in) {
    peer.send(in);
    return in.size();
  };
  ASSERT_TRUE(link.open());
  const auto& stats = link.loop.stats();
  EXPECT_EQ(stats.open, 2U);
  EXPECT_EQ(stats.accepted, 1U);
  EXPECT_EQ(stats.connected, 1U);
  for (int i = 0; i < 3; ++i) {
    link.at_client()->send("12345");
    ASSERT_TRUE(link.until([&] { return link.client.count("data") == static_cast<std::size_t>(i) + 1; }));
  }
  EXPECT_EQ(stats.bytes_in, 30U);
  EXPECT_EQ(stats.bytes_out, 30U);
  EXPECT_EQ(stats.messages_in, 6U);
  EXPECT_EQ(stats.messages_out, 6U);
  EXPECT_EQ(link.at_client()->bytes_in(), 15U);
  EXPECT_EQ(link.at_client()->bytes_out(), 15U);
  link.at_client()->close();
  ASSERT_TRUE(link.until([&] { return stats.open == 0; }));
  EXPECT_EQ(closed_by(stats, CloseReason::clean), 2U);
  EXPECT_EQ(stats.closed_total(), 2U);
  EXPECT_EQ(link.loop.stats().memory, 0U) << "nothing is held for anybody";
}

TEST(LoopStats, CountEndsByTheirReason) {
  const std::pair<std::error_code, CloseReason> reasons[] = {
      {{}, CloseReason::clean},
      {std::make_error_code(std::errc::connection_reset), CloseReason::reset},
      {std::make_error_code(std::errc::broken_pipe), CloseReason::reset},
      {std::make_error_code(std::errc::connection_refused), CloseReason::connect_failed},
      {Errc::connect_timeout, CloseReason::connect_failed},
      {Errc::aborted, CloseReason::aborted},
      {Errc::idle_timeout, CloseReason::idle},
      {Errc::write_stalled, CloseReason::write_stalled},
      {Errc::lifetime_ended, CloseReason::lifetime},
      {Errc::drain_deadline, CloseReason::drain_deadline},
      {Errc::input_limit, CloseReason::limit},
      {Errc::output_limit, CloseReason::limit},
      {Errc::message_too_long, CloseReason::limit},
      {Errc::malformed_message, CloseReason::malformed},
      {Errc::callback_threw, CloseReason::callback_threw},
      {Errc::loop_gone, CloseReason::loop_gone},
      {std::make_error_code(std::errc::no_link), CloseReason::other},
  };
  for (const auto& [error, reason] : reasons) {
    EXPECT_EQ(close_reason(error), reason) << error.message();
    EXPECT_FALSE(to_string(reason).empty());
  }
}

TEST_P(LoopStatsOnDriver, LagIsHowLongATurnKeptTheOthersWaiting) {
  Loop loop({.driver = driver()});
  loop.post([] { std::this_thread::sleep_for(20ms); });
  loop.run_once(loop.now());
  EXPECT_GE(loop.stats().lag.max(), 20ms);
  EXPECT_EQ(loop.stats().lag.count(), loop.stats().turns);
  turn_for(loop, 30ms);
  EXPECT_LT(loop.stats().lag.quantile(0.01), 20ms) << "waiting is no lag";
}

TEST(LoopStats, LagHistogramsQuantilesAreUpperBoundsWithinAFactorOfTwo) {
  LagHistogram lag;
  EXPECT_EQ(lag.quantile(0.5), 0ns);
  for (int i = 1; i <= 1000; ++i) lag.add(std::chrono::microseconds(i));
  EXPECT_EQ(lag.count(), 1000U);
  EXPECT_EQ(lag.max(), 1ms);
  for (const double q : {0.01, 0.5, 0.9, 0.99, 1.0}) {
    const auto exact = std::chrono::duration<double, std::micro>(1000 * q);
    EXPECT_GE(lag.quantile(q), std::chrono::floor<std::chrono::nanoseconds>(exact)) << q;
    EXPECT_LE(lag.quantile(q), std::chrono::ceil<std::chrono::nanoseconds>(2 * exact)) << q;
  }
}

struct Diary final : Observer {
  std::vector<std::string> lines;
  void listening(const Address& where) override { lines.push_back("listening " + where.host()); }
  void opened(const Connection& connection) override {
    lines.emplace_back(connection.peer_address().is_unnamed() ? "opened by nobody" : "opened");
  }
  void closed(const Connection&, std::error_code why) override { lines.push_back("closed: " + why.message()); }
  void refused(const Address&) override { lines.emplace_back("refused"); }
  void accept_failed(const Address&, std::error_code, bool) override { lines.emplace_back("accept failed"); }
  void datagram_failed(const Address&, std::error_code why) override { lines.push_back("datagram: " + why.message()); }
  void exception(std::string_view what) override { lines.push_back("exception: " + std::string(what)); }
};

struct Deaf {
  static void on_datagram(DatagramSocket&, Bytes, const Address&) {}
};

class LoopObserver : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, LoopObserver, each_driver(), driver_of);

TEST_P(LoopObserver, IsToldWhatHappens) {
  Diary diary;
  Script script;
  Loop loop({.driver = driver(), .observer = &diary});
  loop.on_exception([](std::exception_ptr) {});
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", script.factory(), {.max_connections = 1});
  {
    RawSocket first(listener.address());
    ASSERT_TRUE(turn_until(loop, [&] { return script.opened(); }));
    const RawSocket second(listener.address());
    ASSERT_TRUE(turn_until(loop, [&] { return loop.stats().refused == 1; }));
    first.close_with_reset();
  }
  ASSERT_TRUE(turn_until(loop, [&] { return script.closed(); }));
  loop.post([] { throw std::runtime_error("oh"); });
  Datagram<Deaf> socket(loop, "udp://127.0.0.1:0");
  socket.send_to(socket.address(), std::string(65508, 'x'));
  ASSERT_TRUE(turn_until(loop, [&] { return loop.stats().datagram_errors == 1; }));
  // musl's words.
  if (diary.lines.back() == "datagram: Message too large") diary.lines.back() = "datagram: Message too long";
  EXPECT_EQ(diary.lines,
            (std::vector<std::string>{"listening 127.0.0.1", "opened", "refused", "closed: Connection reset by peer",
                                      "listening 127.0.0.1", "exception: oh", "datagram: Message too long"}));
}

}  // namespace
}  // namespace eddy::test
