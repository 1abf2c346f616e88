// What all codecs share, on real connections: stacking, forwarding, pausing and closing in the middle, no allocation.
#include <gtest/gtest.h>
#include <protocols/delimited.h>
#include <protocols/frames.h>
#include <protocols/lines.h>

#include "../support/allocations.h"
#include "../support/fixture.h"

namespace eddy::test {
namespace {

using namespace std::string_literals;
using Messages = std::vector<std::string>;

// What a test's server saw, and what it is to do about it.
struct Seen {
  Messages messages;
  std::function<void(Connection&)> on_message;
  int too_long = 0;
  bool closed = false;
  std::error_code why;
  Id id{};
};

struct User {
  Seen* seen;

  void on_line(Connection& peer, std::string_view line) { message(peer, line); }
  void on_frame(Connection& peer, Bytes frame) { message(peer, frame.text()); }
  void on_message(Connection& peer, Bytes content) { message(peer, content.text()); }
  void on_too_long(Connection& /*peer*/) { ++seen->too_long; }
  void on_close(Connection& /*peer*/, std::error_code why) {
    seen->closed = true;
    seen->why = why;
  }

 private:
  void message(Connection& peer, std::string_view content) const {
    seen->id = peer.id();
    seen->messages.emplace_back(content);
    if (seen->on_message) seen->on_message(peer);
  }
};

// A server with that session, and a client that sends to it.
template <class S, class Factory>
struct Conversation {
  explicit Conversation(Factory factory, const std::string& driver = "")
      : loop({.driver = driver}), listener(loop, "tcp://127.0.0.1:0", factory) {}

  // Sends `pieces` one after the other, each when the one before it has arrived, and then FIN.
  void send(const Messages& pieces) {
    auto& connection = connect<Scripted>(loop, listener.address().to_string(), client.factory());
    id = connection.id();
    EXPECT_TRUE(turn_until(loop, [&] { return client.opened(); }));
    std::uint64_t sent = loop.stats().bytes_in;
    for (const auto& piece : pieces) {
      auto* peer = loop.find(id);
      if (peer == nullptr || peer->send(piece) == SendResult::refused) return;
      sent += piece.size();
      EXPECT_TRUE(turn_until(loop, [&] { return loop.stats().bytes_in >= sent || client.closed(); }));
    }
    if (auto* peer = loop.find(id)) peer->finish();
  }

  Script client;
  Loop loop;
  Listener<S> listener;
  Id id{};
};

template <class S, class Factory>
Conversation<S, Factory> converse(Factory factory, const std::string& driver = "") {
  return Conversation<S, Factory>(factory, driver);
}

TEST(Codec, StackedFindsLinesInsideAndAcrossFrames) {
  const auto frame = [](const std::string& content) {
    return std::string(EncodedPrefix(Prefix::be32, content.size()).bytes().text()) + content;
  };
  const auto text =
      frame("one\ntw") + frame("") + frame("o\nth") + frame("re") + frame("e\n") + frame("fo") + frame("ur\n");
  const Messages expected{"one", "two", "three", "four"};
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{7}, text.size()}) {
    Seen seen;
    auto talk = converse<Frames<Lines<User>>>([&] { return Frames<Lines<User>>(Lines<User>(User{&seen})); });
    Messages pieces;
    for (std::size_t i = 0; i < text.size(); i += step) pieces.push_back(text.substr(i, step));
    talk.send(pieces);
    ASSERT_TRUE(turn_until(talk.loop, [&] { return seen.closed; }));
    EXPECT_EQ(seen.messages, expected);
    EXPECT_EQ(seen.why, std::error_code());
  }
}

TEST(Codec, StackedLosesNothingWhenTheSessionInsidePauses) {
  Seen seen;
  seen.on_message = [](Connection& peer) {
    peer.pause();
    peer.loop().post([&loop = peer.loop(), id = peer.id()] {
      if (auto* again = loop.find(id)) again->resume();
    });
  };
  auto talk = converse<Delimited<Lines<User>>>(
      [&, bar = Delimiter("|")] { return Delimited<Lines<User>>(Lines<User>(User{&seen}), bar); });
  talk.send({"a\nb\nc|d\n|e", "\nf\n|", "unfin|ished\ng\n|"});
  ASSERT_TRUE(turn_until(talk.loop, [&] { return seen.closed; }));
  EXPECT_EQ(seen.messages, (Messages{"a", "b", "cd", "e", "f", "unfinished", "g"}));
}

// Reads a stream; pauses at its first sight of some, before it consumes any.
struct Hesitant {
  Seen* seen;
  bool* hesitated;

  std::size_t on_data(Connection& peer, Bytes in) const {
    seen->id = peer.id();
    if (!std::exchange(*hesitated, true)) {
      peer.pause();
      return 0;
    }
    seen->messages.emplace_back(in.text());
    return in.size();
  }
  void on_close(Connection& /*peer*/, std::error_code /*why*/) const { seen->closed = true; }
};

template <class Factory>
void expect_skipped_tail_stays_skipped(Factory factory) {
  Seen seen;
  bool hesitated = false;
  const auto make = [&] { return factory(Hesitant{&seen, &hesitated}); };
  auto talk = converse<decltype(make())>(make);
  talk.send({"12345678", "tail\nhello\n"});
  ASSERT_TRUE(turn_until(talk.loop, [&] { return hesitated; }));
  EXPECT_EQ(seen.messages, Messages{});
  talk.loop.find(seen.id)->resume();
  ASSERT_TRUE(turn_until(talk.loop, [&] { return seen.closed; }));
  EXPECT_EQ(seen.messages, Messages{"hello"});
}

TEST(Codec, StackedTailOfASkippedMessageStaysSkippedWhenTheSessionInsidePauses) {
  expect_skipped_tail_stays_skipped(
      [](Hesitant inner) { return Lines<Hesitant>(inner, {.limit = 5, .too_long = TooLong::skip}); });
  expect_skipped_tail_stays_skipped([](Hesitant inner) {
    return Delimited<Hesitant>(inner, Delimiter("\n"), {.limit = 5, .too_long = TooLong::skip});
  });
}

// Does not pause: what a refused send left it is to be offered again after on_low.
struct Echo {
  std::size_t on_data(Connection& peer, Bytes in) { return peer.send(in) == SendResult::refused ? 0 : in.size(); }
};

// 15 contents of 100 bytes; the server's output takes 10 of them at a time.
template <class S, class Factory>
void expect_all_echoed(Factory factory, const std::string& message, bool end_at_once) {
  Script client;
  Loop loop;
  const Listener<S> listener(loop, "tcp://127.0.0.1:0", factory,
                             {.connection = {.high_mark = 1'000, .low_mark = 100, .output_cap = 1'000}});
  client.on_open = [&](Connection& peer) {
    for (int i = 0; i < 15; ++i) peer.send(message);
    if (end_at_once) peer.finish();
  };
  connect<Scripted>(loop, listener.address().to_string(), client.factory());
  ASSERT_TRUE(turn_until(loop, [&] { return client.received.size() >= 1'500 || client.closed(); }));
  EXPECT_EQ(client.received.size(), 1'500U);
  EXPECT_GT(loop.stats().sends_refused, 0U);
  if (!end_at_once) loop.find(client.last)->finish();
  ASSERT_TRUE(turn_until(loop, [&] { return client.closed(); }));
  EXPECT_EQ(client.why(), std::error_code());
}

void expect_stacked_echo_answers_all(bool end_at_once) {
  const auto framed = [](const std::string& content) {
    return std::string(EncodedPrefix(Prefix::be32, content.size()).bytes().text()) + content;
  };
  const std::string content(100, 'x');
  expect_all_echoed<Frames<Echo>>([] { return Frames<Echo>(); }, framed(content), end_at_once);
  const Delimiter bar("|");
  expect_all_echoed<Delimited<Frames<Echo>>>([&] { return Delimited<Frames<Echo>>(Frames<Echo>(), bar); },
                                             framed(content) + "|", end_at_once);
}

TEST(Codec, StackedRestIsOfferedAgainAfterOnLow) { expect_stacked_echo_answers_all(false); }
TEST(Codec, StackedRestIsOfferedAgainBeforeTheEnd) { expect_stacked_echo_answers_all(true); }

TEST(Codec, StackedRestIsBoundedByTheInputLimit) {
  Seen seen;
  const auto make = [&] { return Frames<Lines<User>>(Lines<User>(User{&seen}, {.limit = 1 << 30})); };
  Script client;
  Loop loop;
  const Listener<Frames<Lines<User>>> listener(loop, "tcp://127.0.0.1:0", make,
                                               {.connection = {.input_limit = 10'000}});
  const std::string content(1'000, 'x');
  client.on_open = [&](Connection& peer) {
    for (int i = 0; i < 20; ++i) send_frame(peer, Prefix::be32, content);
  };
  connect<Scripted>(loop, listener.address().to_string(), client.factory());
  ASSERT_TRUE(turn_until(loop, [&] { return seen.closed; }));
  EXPECT_EQ(seen.why, Errc::input_limit);
}

class CodecOnDriver : public testing::TestWithParam<std::string> {};

TEST_P(CodecOnDriver, PauseInTheMiddleOfABufferDeliversTheRestAfterResume) {
  Seen seen;
  seen.on_message = [](Connection& peer) { peer.pause(); };
  auto talk = converse<Lines<User>>([&] { return Lines<User>(User{&seen}); }, GetParam());
  talk.send({"1\n2\n3\n4\n"});
  for (std::size_t i = 1; i <= 4; ++i) {
    ASSERT_TRUE(turn_until(talk.loop, [&] { return seen.messages.size() == i; }));
    turn_for(talk.loop, std::chrono::milliseconds(5));
    ASSERT_EQ(seen.messages.size(), i) << "delivered while paused";
    talk.loop.find(seen.id)->resume();
  }
  ASSERT_TRUE(turn_until(talk.loop, [&] { return seen.closed; }));
  EXPECT_EQ(seen.messages, (Messages{"1", "2", "3", "4"}));
}

TEST_P(CodecOnDriver, CloseInAMessageStopsTheDelivery) {
  Seen seen;
  seen.on_message = [](Connection& peer) { peer.close(); };
  auto talk = converse<Lines<User>>([&] { return Lines<User>(User{&seen}); }, GetParam());
  talk.send({"1\n2\n3\n"});
  ASSERT_TRUE(turn_until(talk.loop, [&] { return seen.closed; }));
  EXPECT_EQ(seen.messages, Messages{"1"});
}

INSTANTIATE_TEST_SUITE_P(Drivers, CodecOnDriver, each_driver(), driver_of);

TEST(Codec, BrokenInputClosesWithItsReason) {
  Seen seen;
  auto talk = converse<Frames<User>>([&] { return Frames<User>(User{&seen}, {.prefix = Prefix::varint}); });
  talk.send({std::string(20, '\xff')});
  ASSERT_TRUE(turn_until(talk.loop, [&] { return seen.closed; }));
  EXPECT_EQ(seen.why, Errc::malformed_message);
}

TEST(Codec, SkippedMessageIsToldToTheSession) {
  Seen seen;
  auto talk = converse<Lines<User>>([&] { return Lines<User>(User{&seen}, {.limit = 3, .too_long = TooLong::skip}); });
  talk.send({"12345\nok\n12", "34567", "89\nend\n"});
  ASSERT_TRUE(turn_until(talk.loop, [&] { return seen.closed; }));
  EXPECT_EQ(seen.messages, (Messages{"ok", "end"}));
  EXPECT_EQ(seen.too_long, 2);
}

TEST(Codec, IsFoundByItsOutermostType) {
  Seen seen;
  seen.on_message = [&](Connection& peer) {
    ASSERT_NE(peer.session<Lines<User>>(), nullptr);
    EXPECT_EQ(peer.session<Lines<User>>()->inner().seen, &seen);
    EXPECT_EQ(peer.session<Frames<User>>(), nullptr);
  };
  auto talk = converse<Lines<User>>([&] { return Lines<User>(User{&seen}); });
  talk.send({"x\n"});
  ASSERT_TRUE(turn_until(talk.loop, [&] { return seen.closed; }));
  EXPECT_EQ(seen.messages.size(), 1U);
}

struct Bare {
  void on_line(Connection&, std::string_view) {}
};
struct Full : Bare {
  void on_descriptors(Connection&, std::vector<OwnedDescriptor>) {}
  void on_open(Connection&) {}
  void on_end(Connection&) {}
  void on_high(Connection&) {}
  void on_low(Connection&) {}
  void on_idle(Connection&) {}
  void on_drain(Connection&) {}
  void on_close(Connection&, std::error_code) {}
};

// The engine does something by itself for a callback that a session does not have, so a codec must not invent any.
TEST(Codec, HasExactlyTheCallbacksOfTheSessionInside) {
  static_assert(Session<Lines<Bare>> && Session<Lines<Full>>);
  static_assert(!HasOnDescriptors<Lines<Bare>> && HasOnDescriptors<Lines<Full>>);
  static_assert(!HasOnOpen<Lines<Bare>> && HasOnOpen<Lines<Full>>);
  static_assert(!HasOnEnd<Lines<Bare>> && HasOnEnd<Lines<Full>>);
  static_assert(!HasOnHigh<Lines<Bare>> && HasOnHigh<Lines<Full>>);
  static_assert(!HasOnLow<Lines<Bare>> && HasOnLow<Lines<Full>>);
  static_assert(!HasOnIdle<Lines<Bare>> && HasOnIdle<Lines<Full>>);
  static_assert(!HasOnDrain<Lines<Bare>> && HasOnDrain<Lines<Full>>);
  static_assert(!HasOnClose<Lines<Bare>> && HasOnClose<Lines<Full>>);
  static_assert(HasOnEnd<Frames<Lines<Full>>> && !HasOnEnd<Frames<Lines<Bare>>>);
}

struct Counting {
  std::size_t* lines;
  void on_line(Connection& peer, std::string_view line) {
    ++*lines;
    peer.send({line, "\n"});
  }
};

TEST(Codec, AllocatesNothingPerMessageInSteadyState) {
  std::size_t lines = 0;
  Script client;
  Loop loop;
  const Listener<Frames<Lines<Counting>>> listener(
      loop, "tcp://127.0.0.1:0", [&] { return Frames<Lines<Counting>>(Lines<Counting>(Counting{&lines})); });
  auto& connection = connect<Scripted>(loop, listener.address().to_string(), client.factory());
  const auto id = connection.id();
  ASSERT_TRUE(turn_until(loop, [&] { return client.opened(); }));
  client.events.reserve(10'000);
  client.received.reserve(100'000);
  const auto exchange = [&](std::size_t upto) {
    while (lines < upto) {
      const auto before = lines;
      send_frame(*loop.find(id), Prefix::be32, "hello\nworld\n");
      ASSERT_TRUE(turn_until(loop, [&] { return lines == before + 2; }));
    }
  };
  exchange(200);
  const auto before = allocations();
  exchange(1'200);
  // What the client's Script writes down is the test's own: its strings are short, and its room was made before.
  EXPECT_EQ(allocations() - before, 0U);
}

}  // namespace
}  // namespace eddy::test
