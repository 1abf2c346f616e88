// A protocol that begins another one, inside a codec: what the codec has not delivered belongs to the new session.
#include <gtest/gtest.h>
#include <protocols/delimited.h>
#include <protocols/frames.h>
#include <protocols/irc.h>
#include <protocols/lines.h>
#include <protocols/memcache.h>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

using Events = std::vector<std::string>;

std::string frame_of(const std::string& content) {
  return std::string(EncodedPrefix(Prefix::be32, content.size()).bytes().text()) + content;
}

struct Chat {
  Events* events;
  void on_open(Connection& peer) const {
    events->emplace_back("chat");
    peer.send("ready\n");
  }
  void on_frame(Connection& /*peer*/, Bytes frame) const { events->emplace_back(frame.text()); }
  void on_line(Connection& /*peer*/, std::string_view line) const { events->emplace_back(line); }
  void on_close(Connection& /*peer*/, std::error_code why) const { events->push_back(why ? why.message() : "end"); }
};

// Reads messages of any codec, until one that says "upgrade".
struct Greeter {
  Events* events;
  void on_line(Connection& peer, std::string_view line) const { message(peer, line); }
  void on_frame(Connection& peer, Bytes frame) const { message(peer, frame.text()); }
  void on_message(Connection& peer, Bytes content) const { message(peer, content.text()); }
  void on_close(Connection& /*peer*/, std::error_code /*why*/) const { events->emplace_back("greeter closed"); }
  void message(Connection& peer, std::string_view text) const {
    events->emplace_back(text);
    if (text == "upgrade") peer.become<Frames<Chat>>([this] { return Frames<Chat>(Chat{events}); });
  }
};
struct IrcGreeter {
  Greeter greeter;
  void on_message(Connection& peer, const IrcMessage& message) const { greeter.message(peer, message.command()); }
};
struct MemcacheGreeter {
  Greeter greeter;
  void on_command(Connection& peer, const memcache::Command& command) const { greeter.message(peer, command.key); }
};

class Upgrade : public OnDriver {
 protected:
  // Sends `text` in pieces of `step` bytes, each when the one before it has arrived, and then FIN.
  template <class S, class Factory>
  Events events_of(Factory factory, const std::string& text, std::size_t step) {
    Script client;
    Loop loop({.driver = driver()});
    const Listener<S> listener(loop, "tcp://127.0.0.1:0", factory);
    const auto id = connect<Scripted>(loop, listener.address().to_string(), client.factory()).id();
    EXPECT_TRUE(turn_until(loop, [&] { return client.opened() && loop.stats().accepted == 1; }));
    for (std::size_t i = 0; i < text.size(); i += step) {
      const auto piece = text.substr(i, step);
      auto* peer = loop.find(id);
      if (peer == nullptr) break;
      const auto before = peer->bytes_out();
      peer->send(piece);
      EXPECT_TRUE(turn_until(loop, [&] {
        const auto* now = loop.find(id);
        return now == nullptr || (now->bytes_out() > before && now->queued() == 0);
      }));
      turn_for(loop, std::chrono::microseconds(200));
    }
    if (auto* peer = loop.find(id)) peer->finish();
    EXPECT_TRUE(turn_until(loop, [&] { return loop.stats().open == 0; }));
    return std::exchange(events, {});
  }
  template <class S, class Factory>
  void expect_upgrade(Factory factory, const std::string& text, const Events& expected) {
    for (const std::size_t step : {text.size(), std::size_t{1}, std::size_t{5}}) {
      SCOPED_TRACE(step);
      EXPECT_EQ((events_of<S>(factory, text, step)), expected);
    }
  }
  Events events;
};
INSTANTIATE_TEST_SUITE_P(Drivers, Upgrade, each_driver(), driver_of);

const std::string& frames_behind() {
  static const auto text = frame_of("one") + frame_of("") + frame_of("two");
  return text;
}

TEST_P(Upgrade, FromLinesToFramesInOnePacketAndByteByByte) {
  expect_upgrade<Lines<Greeter>>([&] { return Lines<Greeter>(Greeter{&events}); },
                                 "hello\r\nupgrade\r\n" + frames_behind(),
                                 {"hello", "upgrade", "chat", "one", "", "two", "end"});
}

TEST_P(Upgrade, FromEveryOtherCodec) {
  const Events expected{"upgrade", "chat", "one", "", "two", "end"};
  expect_upgrade<Frames<Greeter>>([&] { return Frames<Greeter>(Greeter{&events}); },
                                  frame_of("upgrade") + frames_behind(), expected);
  expect_upgrade<Delimited<Greeter>>([&, bar = Delimiter("|")] { return Delimited<Greeter>(Greeter{&events}, bar); },
                                     "upgrade|" + frames_behind(), expected);
  expect_upgrade<Irc<IrcGreeter>>([&] { return Irc<IrcGreeter>(IrcGreeter{{&events}}); },
                                  "upgrade\r\n" + frames_behind(), expected);
  expect_upgrade<Memcache<MemcacheGreeter>>([&] { return Memcache<MemcacheGreeter>(MemcacheGreeter{{&events}}); },
                                            "get upgrade\r\n" + frames_behind(), expected);
}

TEST_P(Upgrade, InAStackTheNewSessionBeginsBehindTheOutermostMessage) {
  expect_upgrade<Frames<Lines<Greeter>>>([&] { return Frames<Lines<Greeter>>(Lines<Greeter>(Greeter{&events})); },
                                         frame_of("hel") + frame_of("lo\nupgrade\nnobody's\n") + frames_behind(),
                                         {"hello", "upgrade", "chat", "one", "", "two", "end"});
}

// Takes the first two bytes that it sees, and no more.
struct Stingy {
  Id* id;
  bool pauses;
  bool took = false;
  std::size_t on_data(Connection& peer, Bytes in) {
    *id = peer.id();
    if (std::exchange(took, true) || in.size() < 2) return 0;
    if (pauses) peer.pause();
    return 2;
  }
};

// A codec in a stack may leave bytes with the connection that it has dealt with.
TEST_P(Upgrade, FromOutsideOfAStackTheNewSessionGetsNothingThatTheCodecHasDealtWith) {
  for (const bool pauses : {false, true}) {
    SCOPED_TRACE(pauses);
    Id id{};
    Script client;
    Loop loop({.driver = driver()});
    const Listener<Frames<Stingy>> listener(loop, "tcp://127.0.0.1:0", [&] {
      return Frames<Stingy>(Stingy{&id, pauses});
    });
    client.on_open = [](Connection& peer) { peer.send(frame_of("abc")); };
    connect<Scripted>(loop, listener.address().to_string(), client.factory());
    ASSERT_TRUE(turn_until(loop, [&] { return id != Id{}; }));
    turn_for(loop, std::chrono::milliseconds(5));
    ASSERT_GT(loop.find(id)->kept(), 0U);
    loop.find(id)->become<Lines<Chat>>([&] { return Lines<Chat>(Chat{&events}); });
    loop.find(id)->resume();
    loop.find(client.last)->send("plain\n");
    loop.find(client.last)->finish();
    ASSERT_TRUE(turn_until(loop, [&] { return loop.stats().open == 0; }));
    EXPECT_EQ(std::exchange(events, {}), (Events{"chat", "plain", "end"}));
  }
}

}  // namespace
}  // namespace eddy::test
