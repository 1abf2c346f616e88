// Endpoints that write down what a driver tells them, for tests of the driver contract without an engine on top.
#pragma once

#include <gtest/gtest.h>
#include <reactor/driver/driver.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../support/driver_choice.h"

namespace eddy::test {

class TestStream final : public driver::Stream {
 public:
  explicit TestStream(driver::Driver& of) : driver_(of) {}
  TestStream(const TestStream&) = delete;
  TestStream& operator=(const TestStream&) = delete;
  // It may not go before the driver has released it.
  ~TestStream() override {
    if (pool_ != nullptr) driver_.come_to_rest();
  }

  void stream_connected(std::error_code result) override {
    connected = true;
    connect_result = result;
    events.emplace_back("connected");
  }
  void stream_data(Bytes data) override {
    received += data.text();
    ++deliveries;
    if (events.empty() || events.back() != "data") events.emplace_back("data");
    if (on_data) on_data();
  }
  void stream_end() override {
    ended = true;
    events.emplace_back("end");
  }
  void stream_progress(std::size_t /*taken*/) override { ++progress; }
  void stream_failed(std::error_code why) override {
    failed = why;
    ++failures;
    events.emplace_back("failed");
  }
  void stream_released() override {
    ++releases;
    if (pool_ != nullptr) output.clear(*std::exchange(pool_, nullptr));
  }

  // Closes it if it is open still; its output goes back to the pool as soon as the driver is done with it. What the
  // driver answers.
  bool close(BlockPool& pool, bool reset = false) {
    if (id == Id{}) return true;
    if (driver_.close(*this, reset)) {
      output.clear(pool);
      return true;
    }
    pool_ = &pool;
    return false;
  }

  std::vector<std::string> events;  // in their order; deliveries of data in a row are one
  std::string received;
  std::function<void()> on_data;
  std::error_code connect_result;
  std::error_code failed;
  int deliveries = 0;
  int progress = 0;
  int failures = 0;
  bool connected = false;
  int releases = 0;
  bool ended = false;

 private:
  driver::Driver& driver_;
  BlockPool* pool_ = nullptr;  // while its release is owed
};

class TestAcceptor final : public driver::Acceptor {
 public:
  void accepted(driver::NativeSocket connection) override {
    sockets.push_back(connection);
    if (on_accepted) on_accepted();
  }
  void accept_failed(std::error_code why, bool shed) override {
    failed = why;
    ++failures;
    if (shed) ++sheds;
  }

  std::vector<driver::NativeSocket> sockets;
  std::function<void()> on_accepted;
  std::error_code failed;
  int failures = 0;
  int sheds = 0;
};

class TestDatagrams final : public driver::Datagrams {
 public:
  void datagram_received(Bytes payload, const Address& from) override {
    received.emplace_back(payload.text());
    senders.push_back(from);
  }
  void datagram_batch_end() override { ++batches; }
  void datagram_progress() override { ++progress; }
  void datagram_failed(std::error_code why) override { failures.push_back(why); }

  std::vector<std::string> received;
  std::vector<Address> senders;
  std::vector<std::error_code> failures;
  int batches = 0;
  int progress = 0;
};

class TestWatched final : public driver::Watched {
 public:
  void watched_ready(Ready ready) override {
    last = ready;
    ++calls;
    if (const auto call = on_ready) call();  // it may set another one
  }

  std::function<void()> on_ready;
  Ready last;
  int calls = 0;
};

// Waits until a descriptor has something to read, by another driver than the one that is tested: that one is not to
// look yet. Loopback may be asynchronous.
inline void wait_for_input(int descriptor) {
  Stats stats;
  BlockPool pool;
  std::string reason;
  const auto other = driver::make_driver(all_drivers().back(), stats, pool, reason);
  other->refresh();
  TestWatched arrived;
  ASSERT_EQ(other->watch(arrived, descriptor, Interest::read), std::error_code());
  other->wait(other->now() + std::chrono::seconds(20));
  EXPECT_GT(arrived.calls, 0);
  other->unwatch(arrived);
}

// A driver of the given name and what it needs.
class DriverTest : public OnDriver {
 protected:
  DriverTest() : driver_(driver::make_driver(driver(), stats_, pool_, reason_)) { driver_->refresh(); }

  // Waits again and again until `condition()` holds; false when it does not in time.
  template <class Condition>
  [[nodiscard]] bool wait_until(Condition condition) {
    const auto give_up = driver_->clock() + std::chrono::seconds(20);
    while (!condition()) {
      if (driver_->clock() > give_up) return false;
      driver_->wait(driver_->now() + std::chrono::milliseconds(20));
    }
    return true;
  }

  // A listening acceptor at a free address.
  Address listen(TestAcceptor& acceptor, const ListenOptions& options = {}) {
    auto local = Address::parse("tcp://127.0.0.1:0");
    EXPECT_EQ(driver_->listen(acceptor, local, options), std::error_code());
    driver_->accept(acceptor, true);
    return local;
  }

  // `ours` connected and receiving, `theirs` its other end, adopted and receiving.
  void connect_pair(TestStream& ours, TestStream& theirs) {
    TestAcceptor acceptor;
    const auto address = listen(acceptor);
    ASSERT_EQ(driver_->connect(ours, address, nullptr, {}), std::error_code());
    ASSERT_TRUE(wait_until([&] { return ours.connected && acceptor.sockets.size() == 1; }));
    ASSERT_EQ(ours.connect_result, std::error_code());
    ASSERT_EQ(driver_->adopt(theirs, acceptor.sockets.front()), std::error_code());
    driver_->receive(ours, true);
    driver_->receive(theirs, true);
    driver_->close(acceptor);
  }

  void send(TestStream& stream, Bytes data) {
    stream.output.append(data, pool_);
    ASSERT_EQ(driver_->flush(stream), std::error_code());
  }

  Stats stats_;
  BlockPool pool_;
  std::string reason_;
  std::unique_ptr<driver::Driver> driver_;
};

}  // namespace eddy::test
