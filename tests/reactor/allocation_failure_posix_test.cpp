// An allocation that fails costs what it was for and is told; everything else goes on, and all that was begun ends.
// Whatever the engine allocates is made to fail, one after the other.
#include <gtest/gtest.h>
#include <reactor/datagram.h>
#include <reactor/listener.h>

#include <array>
#include <new>
#include <system_error>

#include "../support/allocations.h"
#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class AllocationFailure : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, AllocationFailure, each_driver(), driver_of);

constexpr std::size_t request_size = 200'000;
constexpr std::size_t answer_size = 1'500'000;  // beyond what the kernel takes, and above the high mark

const std::string& text() {
  static const std::string kept(answer_size, 'x');
  return kept;
}
const SharedBytes& shared() {
  static const SharedBytes kept{std::string(50'000, 's')};
  return kept;
}

// What the sessions have seen. They allocate nothing themselves.
struct SeenEnds {
  int started = 0;
  int closed = 0;
  int told = 0;
  void note_end(std::error_code why) {
    ++closed;
    if (why == std::errc::not_enough_memory || why == Errc::callback_threw) ++told;
  }
};

// Answers when it has the whole request, which is kept until then.
struct SlowAnswer {
  SeenEnds* seen;
  void on_open(Connection&) const { ++seen->started; }
  std::size_t on_data(Connection& peer, Bytes in) const {
    if (in.size() < request_size) return 0;
    peer.send({in.first(10), Bytes(text())});
    peer.send(shared());
    return in.size();
  }
  void on_close(Connection&, std::error_code why) const { seen->note_end(why); }
};

struct LargeRequest {
  SeenEnds* seen;
  std::size_t received = 0;
  void on_open(Connection& peer) const { peer.send(Bytes(text()).first(request_size)); }
  void on_data(Connection& peer, Bytes in) {
    received += in.size();
    if (received >= answer_size + 10 + shared().size()) peer.close();
  }
  void on_close(Connection&, std::error_code why) const { seen->note_end(why); }
};

struct DatagramEcho {
  void on_datagram(DatagramSocket& socket, Bytes in, const Address& from) const { socket.send_to(from, in); }
};

// One run. False when the scenario needs fewer allocations than `which`.
bool run_with_failure(const std::string& driver, std::uint64_t which) {
  SeenEnds servers;
  SeenEnds clients;
  auto ends = socket_pair();
  auto watched = socket_pair();
  Loop loop({.driver = driver});
  const auto remote = loop.remote();
  int exceptions = 0;
  int other_exceptions = 0;
  loop.on_exception([&](std::exception_ptr exception) {
    try {
      std::rethrow_exception(exception);
    } catch (const std::bad_alloc&) {
      ++exceptions;
    } catch (...) {
      ++other_exceptions;
    }
  });
  bool thrown = false;
  bool turns_threw = false;
  std::optional<Listener<SlowAnswer>> listener;
  std::optional<Datagram<DatagramEcho>> datagrams;
  std::optional<Timer> timer;
  Watch watch;
  const std::array<char, 100> large{};  // does not fit into a Callback
  int calls = 0;
  const auto turn = [&](auto until) {
    try {
      return turn_until(loop, until);
    } catch (const std::bad_alloc&) {
      turns_threw = true;
      return false;
    }
  };
  FailingAllocation failure(which);
  try {
    listener.emplace(loop, "tcp://127.0.0.1:0", [&] { return SlowAnswer{&servers}; });
    datagrams.emplace(loop, "udp://127.0.0.1:0");
    datagrams->send_to(datagrams->address(), "to itself");
    watch = loop.watch(watched.first.descriptor(), Interest::write, [&, large](Ready) {
      calls += large[0];
      watch.set_interest(Interest::none);
    });
    timer.emplace(loop, [&, large] { calls += large[0]; });
    timer->start(1ms);
    loop.post([&, large] { calls += large[0]; });
    remote.post([&, large] { calls += large[0]; });
    for (int i = 0; i < 3; ++i) {
      connect<LargeRequest>(loop, listener->address().to_string(), [&] { return LargeRequest{&clients}; });
      ++clients.started;
    }
    adopt<LargeRequest>(loop, ends.first.release(), [&] { return LargeRequest{&clients}; });
    ++clients.started;
  } catch (const std::bad_alloc&) {
    thrown = true;
  } catch (const std::system_error& error) {
    thrown = error.code() == std::errc::not_enough_memory;
    EXPECT_TRUE(thrown) << error.what();
  }
  ends.second.close();
  EXPECT_TRUE(turn([&] { return clients.closed == clients.started && servers.closed == servers.started; }))
      << clients.closed << " of " << clients.started << " clients and " << servers.closed << " of " << servers.started
      << " servers have ended";
  loop.drain(patience);
  EXPECT_TRUE(turn([&] { return !loop.draining(); }));
  failure.end();
  const auto& stats = loop.stats();
  EXPECT_EQ(stats.open, 0U);
  EXPECT_FALSE(turns_threw);
  EXPECT_EQ(other_exceptions, 0);
  EXPECT_EQ(stats.memory, 0U);
  if (!failure.failed()) return false;
  EXPECT_TRUE(thrown || exceptions > 0 || servers.told > 0 || clients.told > 0 || stats.accept_errors > 0 ||
              stats.wait_errors > 0 || stats.datagram_errors > 0)
      << "not told";
  return true;
}

TEST_P(AllocationFailure, OfAnyPlaceIsToldAndLeavesNothingOpen) {
  text(), shared();
  std::uint64_t which = 1;
  for (; run_with_failure(driver(), which); ++which) {
    ASSERT_FALSE(HasFailure()) << "allocation " << which;
  }
  EXPECT_GT(which, 20U);
}

}  // namespace
}  // namespace eddy::test
