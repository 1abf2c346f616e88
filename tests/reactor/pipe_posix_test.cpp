// Pipes, FIFOs and terminals are streams: adopt() of one gives a connection that reads or writes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <reactor/driver/retry.h>
#include <reactor/listener.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

#include "../support/descriptors.h"
#include "../support/driver_choice.h"
#include "../support/loop_until.h"
#include "../support/scripted.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

std::string pipe_text(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
  return text;
}

std::string read_now(const OwnedSocket& pipe) {
  std::array<char, 65536> buffer;
  const auto count = driver::retry([&] { return ::read(pipe.get(), buffer.data(), buffer.size()); });
  return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string();
}

void write_all(const OwnedSocket& pipe, std::string_view text) {
  EXPECT_EQ(::write(pipe.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

class PipeStream : public OnDriver {
 protected:
  PipeStream() {
    const auto ends = open_pipe();
    reads = OwnedSocket(ends[0]);
    writes = OwnedSocket(ends[1]);
  }
  Connection& take(OwnedSocket end, const ConnectionOptions& options = {}) {
    return adopt<Scripted>(loop, std::move(end), script.factory(), options);
  }
  template <class Condition>
  bool until(Condition condition) {
    return turn_until(loop, condition);
  }

  Script script;
  Script other;
  Loop loop{{.driver = driver()}};
  OwnedSocket reads;
  OwnedSocket writes;
};
INSTANTIATE_TEST_SUITE_P(Drivers, PipeStream, each_driver(), driver_of);

TEST_P(PipeStream, ReadEndReceivesAndEnds) {
  auto& reader = take(std::move(reads));
  EXPECT_EQ(reader.send("what?"), SendResult::refused);
  EXPECT_FALSE(reader.finish());
  write_all(writes, "hello");
  ASSERT_TRUE(until([&] { return script.received == "hello"; }));
  write_all(writes, " and more");
  writes = {};
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_EQ(script.received, "hello and more");
  EXPECT_EQ(script.count("end"), 1U);
  EXPECT_FALSE(script.why());
  EXPECT_EQ(loop.stats().open, 0U);
}

TEST_P(PipeStream, ReadEndThatItsSessionLeavesOpenEndsWithTheInput) {
  script.on_end = [](Connection&) {};
  take(std::move(reads));
  writes = {};
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_EQ(script.events, (std::vector<std::string>{"open", "end", "close"}));
  EXPECT_FALSE(script.why());
}

TEST_P(PipeStream, WriteEndSendsAndItsCloseEndsIt) {
  auto& writer = take(std::move(writes));
  EXPECT_EQ(writer.send("hello"), SendResult::accepted);
  std::string received;
  ASSERT_TRUE(until([&] { return (received += read_now(reads)) == "hello"; }));
  EXPECT_EQ(writer.send(" and farewell"), SendResult::accepted);
  EXPECT_TRUE(writer.finish());
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_EQ(read_now(reads), " and farewell");
  char byte = 0;
  EXPECT_TRUE(until([&] { return ::read(reads.get(), &byte, 1) == 0; })) << "expected the end";
  EXPECT_FALSE(script.why());
  EXPECT_EQ(script.events, (std::vector<std::string>{"open", "close"}));
}

TEST_P(PipeStream, TenMegabytesGoThroughWholeAndHoldTheWriterBack) {
  const auto all = pipe_text(10'000'000);
  std::size_t sent = 0;
  const auto go_on = [&](Connection& writer) {
    while (sent < all.size()) {
      const auto piece = Bytes(all).without_first(sent).first(std::min<std::size_t>(30'000, all.size() - sent));
      const auto result = writer.send(piece);
      if (result != SendResult::refused) sent += piece.size();
      if (result != SendResult::accepted) return;
    }
    writer.close();
  };
  script.on_open = script.on_low = go_on;
  take(std::move(writes), {.high_mark = 100'000, .low_mark = 10'000});
  turn_for(loop, 5ms);
  EXPECT_LT(sent, 1'000'000U);
  adopt<Scripted>(loop, std::move(reads), other.factory());
  ASSERT_TRUE(until([&] { return script.closed() && other.closed(); }));
  EXPECT_TRUE(other.received == all);
  EXPECT_GT(script.count("high"), 0U);
  EXPECT_FALSE(script.why());
  EXPECT_FALSE(other.why());
}

TEST_P(PipeStream, PausedReadEndReadsOnWhenItIsResumed) {
  auto& reader = take(std::move(reads));
  ASSERT_TRUE(until([&] { return script.opened(); }));
  reader.pause();
  write_all(writes, "later");
  turn_for(loop, 20ms);
  EXPECT_EQ(script.received, "");
  writes = {};
  turn_for(loop, 20ms);
  EXPECT_FALSE(script.closed());
  reader.resume();
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_EQ(script.received, "later");
  EXPECT_FALSE(script.why());
}

TEST_P(PipeStream, WriteEndWithoutAReaderEndsAndRaisesNoSignal) {
  take(std::move(writes)).send("before");
  ASSERT_TRUE(until([&] { return script.opened() && !read_now(reads).empty(); }));
  reads = {};
  // By default SIGPIPE ends the process.
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_EQ(script.why(), std::errc::broken_pipe) << "while nothing is sent";
}

TEST_P(PipeStream, WriteThatFindsNoReaderRaisesNoSignal) {
  auto& writer = take(std::move(writes));
  ASSERT_TRUE(until([&] { return script.opened(); }));
  reads = {};
  for (const auto size : {5U, 100'000U}) writer.send(pipe_text(size));
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_EQ(script.why(), std::errc::broken_pipe);
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
  sigset_t blocked;
  pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  EXPECT_EQ(sigismember(&blocked, SIGPIPE), 0);
}

TEST_P(PipeStream, SigpipeOfTheCallersOwnThatWaitsStays) {
  sigset_t pipe;
  sigset_t before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  ::raise(SIGPIPE);
  auto& writer = take(std::move(writes));
  EXPECT_TRUE(until([&] { return script.opened(); }));
  reads = {};
  writer.send(pipe_text(100'000));
  EXPECT_TRUE(until([&] { return script.closed(); }));
  sigset_t pending;
  sigpending(&pending);
  EXPECT_NE(sigismember(&pending, SIGPIPE), 0);
  int taken = 0;
  if (sigismember(&pending, SIGPIPE) != 0) sigwait(&pipe, &taken);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_P(PipeStream, AbortOfAWriteEndDropsWhatIsQueued) {
  auto& writer = take(std::move(writes));
  ASSERT_TRUE(until([&] { return script.opened(); }));
  writer.send(pipe_text(1'000'000));
  EXPECT_TRUE(writer.abort());
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_EQ(script.why(), Errc::aborted);
  std::string received;
  for (auto more = read_now(reads); !more.empty(); more = read_now(reads)) received += more;
  EXPECT_LT(received.size(), 1'000'000U);
}

TEST_P(PipeStream, CloseOfAReadEndDoesNotLinger) {
  auto& reader = take(std::move(reads), {.linger_timeout = 1h});
  ASSERT_TRUE(until([&] { return script.opened(); }));
  reader.close();
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_FALSE(script.why());
}

TEST_P(PipeStream, WriteEndThatIsNotReadStalls) {
  auto& writer = take(std::move(writes), {.write_stall_timeout = 20ms});
  writer.send(pipe_text(1'000'000));
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_EQ(script.why(), Errc::write_stalled);
}

TEST_P(PipeStream, EndsAreReleased) {
  auto& reader = take(std::move(reads));
  ASSERT_TRUE(until([&] { return script.opened(); }));
  turn_for(loop, 5ms);
  write_all(writes, "unread");
  auto released = reader.release();
  ASSERT_TRUE(released);
  EXPECT_EQ(std::string(Bytes(released->unread).text()) + read_now(released->socket), "unread");
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_EQ(script.why(), Errc::released);
  auto& writer = adopt<Scripted>(loop, std::move(writes), other.factory());
  ASSERT_TRUE(until([&] { return other.opened(); }));
  turn_for(loop, 5ms);
  auto given = writer.release();
  ASSERT_TRUE(given);
  write_all(given->socket, "by hand");
  EXPECT_EQ(read_now(released->socket), "by hand");
}

TEST_P(PipeStream, FifoIsAStream) {
  const auto path = "/tmp/eddy-fifo-" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0) << path;
  OwnedSocket read_end(::open(path.c_str(), O_RDONLY | O_NONBLOCK));
  OwnedSocket write_end(::open(path.c_str(), O_WRONLY | O_NONBLOCK));
  ::unlink(path.c_str());
  take(std::move(read_end));
  adopt<Scripted>(loop, std::move(write_end), other.factory()).send("through a file");
  ASSERT_TRUE(until([&] { return script.received == "through a file"; }));
  loop.find(other.last)->close();
  ASSERT_TRUE(until([&] { return script.closed() && other.closed(); }));
  EXPECT_FALSE(script.why());
}

TEST_P(PipeStream, TerminalIsAStreamOfBothDirections) {
  OwnedSocket master(::posix_openpt(O_RDWR | O_NOCTTY));
  if (!master || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0) {
    GTEST_SKIP() << "no pseudo-terminal can be had here";
  }
  OwnedSocket terminal(::open(::ptsname(master.get()), O_RDWR | O_NOCTTY));
  ASSERT_TRUE(terminal);
  script.on_data = [](Connection& peer, Bytes in) {
    peer.send(in);
    return in.size();
  };
  take(std::move(terminal));
  auto& user = adopt<Scripted>(loop, std::move(master), other.factory());
  user.send("hello\n");
  ASSERT_TRUE(until([&] { return script.received == "hello\n"; }));
  // The terminal's own echo comes first.
  ASSERT_TRUE(until([&] { return other.received == "hello\r\nhello\r\n"; }));
  loop.find(script.last)->close();
  ASSERT_TRUE(until([&] { return script.closed() && other.closed(); }));
  EXPECT_EQ(other.count("end"), 1U);
  EXPECT_FALSE(other.why()) << other.why().message();
}

TEST_P(PipeStream, PipesEndWithTheirLoop) {
  {
    Loop brief({.driver = driver()});
    adopt<Scripted>(brief, std::move(reads), script.factory());
    adopt<Scripted>(brief, std::move(writes), script.factory()).send("unsent");
    brief.run_once(brief.now());
  }
  EXPECT_EQ(script.count("close"), 2U);
  EXPECT_EQ(script.why(), Errc::loop_gone);
}

TEST_P(PipeStream, WhatIsNoPipeIsRefused) {
  for (const auto* path : {"/dev/null", "/etc/passwd", "/"}) {
    try {
      take(OwnedSocket(::open(path, O_RDONLY)));
      ADD_FAILURE() << path;
    } catch (const std::system_error& error) {
      EXPECT_NE(std::string(error.what()).find("a pipe or a terminal"), std::string::npos) << error.what();
    }
  }
  EXPECT_EQ(loop.stats().open, 0U);
}

TEST_P(PipeStream, AddressesAndCredentialsAreUnknown) {
  auto& reader = take(std::move(reads));
  ASSERT_TRUE(until([&] { return script.opened(); }));
  EXPECT_TRUE(reader.peer_address().is_unnamed());
  EXPECT_TRUE(reader.local_address().is_unnamed());
  EXPECT_FALSE(reader.peer_credentials());
}

// Nothing else would ever tell of it on io_uring.
TEST_P(PipeStream, WriteEndThatHasSentNothingHearsThatItsReaderIsGone) {
  take(std::move(writes));
  ASSERT_TRUE(until([&] { return script.opened(); }));
  reads = {};
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_EQ(script.why(), std::errc::broken_pipe);
}

}  // namespace
}  // namespace eddy::test
