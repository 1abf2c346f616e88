// What any byte sequence and any behaviour of a client comes to: limits of lines, of speed, of queues, of time and of
// numbers, each met by an answer or an end with its reason, and by nobody else.
#include "chat_fixture.h"

namespace chat::test {
namespace {

class Lines : public ChatTest {
 protected:
  Client& alice = user("alice");
};

TEST_F(Lines, ComeInAnyPieces) {
  const std::string text = "PING one\r\nPING two\r\n";
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    alice.send_bytes(text.substr(0, cut));
    pass(1ms);  // so that the pieces go apart
    alice.send_bytes(text.substr(cut));
    alice.receives({"PONG irc.test one", "PONG irc.test two"});
  }
}

TEST_F(Lines, ComeByteByByte) {
  for (const char byte : std::string("PRIVMSG alice :slowly\r\n")) {
    alice.send_bytes(std::string(1, byte));
    pass(1ms);
  }
  alice.receives({":alice PRIVMSG alice slowly"});
}

TEST_F(Lines, MayEndWithALineFeedAlone) {
  alice.send_bytes("PING one\nPING two\n");
  alice.receives({"PONG irc.test one", "PONG irc.test two"});
}

TEST_F(Lines, MayBeEmpty) {
  alice.send_bytes("\r\n\n\r\n   \r\n\r\n");
  alice.receives({});
}

TEST_F(Lines, MayHaveSpacesBetweenTheirParts) {
  alice.exchange("  PRIVMSG   alice   :two  spaces ", {":alice PRIVMSG alice :two  spaces "});
}

TEST_F(Lines, HoldFiveHundredAndTwelveBytes) {
  const std::string longest = "PING :" + std::string(510 - 6, 'x');
  const auto answer = alice.ask(longest);
  ASSERT_EQ(answer.size(), 1);
  EXPECT_EQ(answer[0].command, "PONG");
  alice.exchange(longest + "x", {"417 alice :%"});
  alice.exchange(std::string(100'000, 'x'), {"417 alice :%"});
}

TEST_F(Lines, OfAnyLengthHoldNoMemoryAndNoConnectionUp) {
  for (int i = 0; i < 200; ++i) {
    alice.send_bytes(std::string(100'000, 'y'));
    pass(1ms);
  }
  alice.send_bytes("\r\n");
  alice.receives({"417 alice :%"});
}

TEST_F(Lines, HaveTagsCountedByThemselves) {
  alice.exchange("CAP REQ :message-tags", {"CAP alice ACK :message-tags%"});
  const std::string tags = "@+a=" + std::string(4094 - 3, 'v') + " ";
  const auto answer = alice.ask(tags + "PING :" + std::string(510 - 6, 'x'));
  ASSERT_EQ(answer.size(), 1);
  EXPECT_EQ(answer[0].command, "PONG");
  alice.exchange("@+a=" + std::string(4094 - 2, 'v') + " PING x", {"417 alice :%"});
  alice.exchange("@+a=" + std::string(9000, 'v') + " PING x", {"417 alice :%"});
}

TEST_F(Lines, MayBeAnyBytes) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (const std::string& start : {std::string("PRIVMSG alice :"), std::string("@"), std::string(":"), std::string(),
                                   std::string("@;;==; :x "), std::string(": "), std::string("NICK ")}) {
    alice.send_bytes(start + bytes + "\r\n");
  }
  alice.settle();
  alice.exchange("PING still", {"PONG irc.test still"});
}

TEST_F(Lines, MayHaveMoreParametersThanFifteen) {
  alice.exchange("ISON a b c d e f g h i j k l m n o p q r alice", {"303 alice :%"});
}

// The client checks that no line is longer than 512 bytes.
TEST_F(Lines, OfTheServerFitWhateverTheirPartsAre) {
  const std::string nick(30, 'n');
  const std::string friendly(30, 'f');
  const auto channel = "#" + std::string(63, 'c');
  auto& bob = user(friendly);
  alice.exchange("NICK " + nick, {":alice NICK " + nick});
  alice.ask("SETNAME " + std::string(128, 'r'));
  for (auto* client : {&alice, &bob}) client->ask("JOIN " + channel);
  alice.ask("TOPIC " + channel + " :" + std::string(390, 't'));
  for (int i = 0; i < 6; ++i) {
    alice.ask("MODE " + channel + " +b " + std::to_string(i) + std::string(60, 'm') + "!*@" + std::string(60, 'h'));
  }
  alice.ask("AWAY :" + std::string(200, 'a'));
  for (const auto& line : Patterns{"TOPIC " + channel, "LIST", "WHO " + nick, "WHOIS " + nick, "MODE " + channel + " b",
                                   "NAMES " + channel, "PRIVMSG " + nick + " :" + std::string(400, 'x')}) {
    EXPECT_FALSE(bob.ask(line).empty()) << line;
  }
  alice.ask("MODE " + channel + " -bbb 0" + std::string(60, 'm') + "!*@" + std::string(60, 'h') + " 1" +
            std::string(60, 'm') + "!*@" + std::string(60, 'h'));
  alice.ask("KICK " + channel + " " + friendly + " :" + std::string(255, 'k'));
  bob.expect(":" + nick + " KICK ...");
}

class Flood : public ChatTest {};

TEST_F(Flood, IsSlowedDownAndLosesNothing) {
  serve("flood_burst 5\nflood_rate 50\n");
  auto& alice = connect();
  const auto began = std::chrono::steady_clock::now();
  alice.send("NICK alice");
  alice.send("USER alice 0 * :Alice");
  std::string lines;
  for (int i = 0; i < 30; ++i) lines += "PING " + std::to_string(i) + "\r\n";
  alice.send_bytes(lines);
  for (int i = 0; i < 30; ++i) alice.expect("PONG irc.test " + std::to_string(i));
  // 32 lines, of which 5 at once and 27 at 50 a second: 540 ms.
  EXPECT_GE(std::chrono::steady_clock::now() - began, 500ms);
}

TEST_F(Flood, HoldsUpNobodyElse) {
  serve("flood_burst 5\nflood_rate 1\n");
  auto& flooder = connect();
  flooder.send("NICK flooder");
  flooder.send("USER flooder 0 * :Flooder");
  for (int i = 0; i < 1000; ++i) flooder.send_bytes("PING " + std::to_string(i) + "\r\n");
  flooder.expect("PONG irc.test 0");
  auto& alice = connect();
  const auto began = std::chrono::steady_clock::now();
  alice.send("NICK alice");
  alice.send("USER alice 0 * :Alice");
  alice.expect("001 alice :%");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST_F(Flood, CountsEachTargetAsALine) {
  serve("flood_burst 10\nflood_rate 50\n");
  auto& alice = user("alice");
  const auto began = std::chrono::steady_clock::now();
  std::string targets;
  for (int i = 0; i < 40; ++i) targets += "#channel" + std::to_string(i) + ",";
  alice.ask("JOIN " + targets);
  // 40 lines and a PING, of which 10 at once: 620 ms.
  EXPECT_GE(std::chrono::steady_clock::now() - began, 500ms);
}

TEST_F(Flood, CountsWhatALineMakes) {
  serve("flood_burst 10\nflood_rate 50\nflood_messages 1\n");
  auto& alice = user("alice");
  alice.ask("JOIN #c");
  for (int i = 0; i < 20; ++i) user("member" + std::to_string(i)).ask("JOIN #c");
  alice.settle();
  const auto began = std::chrono::steady_clock::now();
  alice.ask("PRIVMSG #c :one");
  alice.ask("PRIVMSG #c :two");
  // 42 lines and two PINGs, which count twice as well.
  EXPECT_GE(std::chrono::steady_clock::now() - began, 500ms);
}

// A member of a channel that stops reading, with as little room in the kernel as can be had.
class SendQueue : public ChatTest {
 protected:
  SendQueue() {
    serve("send_queue 64k\n", {.socket = {.send_buffer = 4096}});
    slow = &user("slow", "", {.socket = {.receive_buffer = 4096}});
  }
  Client* slow;
  const std::string text = std::string(400, 'x');
};

TEST_F(SendQueue, OfASlowReaderEndsItAndNobodyElseNotices) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#c", {&alice, &bob, slow});
  bob.settle();
  slow->stop_reading();
  bool gone = false;
  for (int sent = 0, heard = 0; !gone;) {
    ASSERT_LT(sent, 100'000);
    for (int i = 0; i < 20; ++i) alice.send("PRIVMSG #c :" + std::to_string(sent++) + " " + text);
    alice.settle();
    while (heard < sent) {
      const auto line = bob.next();
      if (matches(line, ":slow QUIT :%SendQ exceeded%")) {
        gone = true;
      } else {
        ASSERT_TRUE(matches(line, ":alice PRIVMSG #c :" + std::to_string(heard++) + " " + text)) << line.line;
      }
    }
  }
}

TEST_F(SendQueue, IsNamedToTheSlowReaderOnceItReads) {
  auto& alice = user("alice");
  slow->stop_reading();
  ASSERT_TRUE(until([&] {
    for (int i = 0; i < 20; ++i) alice.send("PRIVMSG slow :" + text);
    return alice.ask("ISON slow").at(0).last().empty();
  }));
  slow->read_on();
  slow->expect("ERROR :%SendQ exceeded%");
  slow->expect_end();
}

TEST_F(SendQueue, OfAllTogetherIsBoundedAndTheLongestGoesFirst) {
  rehash("send_queue 64k\nsend_memory 48k\n");
  auto& alice = user("alice");
  auto& slower = user("slower", "", {.socket = {.receive_buffer = 4096}});
  slow->stop_reading();
  slower.stop_reading();
  // Neither has its own send queue full: 32k at most.
  ASSERT_TRUE(until([&] {
    for (int i = 0; i < 4; ++i) alice.send("PRIVMSG slow :" + text);
    for (int i = 0; i < 12; ++i) alice.send("PRIVMSG slower :" + text);
    return alice.ask("ISON slow slower").at(0).last() == "slow";
  }));
  alice.exchange("PING here", {"PONG irc.test here"});
}

// What flood control does not let in yet is memory, too.
TEST_F(SendQueue, OfAllTogetherCountsTheInputThatIsHeldBackAndSparesWhoHoldsLittle) {
  serve("send_memory 200k\nrecv_queue 10M\nflood_burst 10\nflood_rate 1\n");
  auto& alice = user("alice");
  auto& bob = user("bob");
  std::string much;
  while (much.size() < 60'000) much += "PING x\r\n";
  std::vector<Client*> hoarders;
  for (int i = 0; i < 12; ++i) {
    hoarders.push_back(&user("hoarder" + std::to_string(i)));
    hoarders.back()->send("JOIN #c");
  }
  join("#c", {&alice, &bob});
  for (auto* hoarder : hoarders) hoarder->send_bytes(much);
  alice.expect(":hoarder% QUIT :RecvQ exceeded");
  alice.send("PRIVMSG bob :still here");
  bob.expect(":alice PRIVMSG bob :still here");
}

TEST_F(Flood, EndsWhoSendsFarAhead) {
  serve("recv_queue 4k\nflood_burst 10\nflood_rate 50\n");
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#c", {&alice, &bob});
  std::string much;
  while (much.size() < 20'000) much += "PING x\r\n";
  bob.send_bytes(much);
  alice.expect(":bob QUIT :Excess flood");
}

TEST_F(SendQueue, StaysAsItWasWhenTheConfigurationIsReadAnew) {
  rehash("send_queue 4k\n");
  std::size_t now = 0;
  server().run_there([&](chat::Server& chat, eddy::Loop& /*loop*/) { now = chat.config().send_queue; });
  EXPECT_EQ(now, 64U * 1024);
}

class Pings : public ChatTest {};

TEST_F(Pings, KeepAliveWhoAnswers) {
  serve("ping_interval 100ms\nping_timeout 20s\n");
  auto& alice = user("alice");
  for (int i = 0; i < 3; ++i) alice.send("PONG :" + alice.expect("PING %").last());
}

TEST_F(Pings, EndWhoDoesNotAnswer) {
  serve("ping_interval 100ms\nping_timeout 300ms\n");
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#c", {&alice, &bob});
  // alice says something all the time.
  ASSERT_TRUE(until([&] {
    alice.send("PONG x");
    return bob.ended();
  }));
  alice.expect(":bob QUIT :%Ping timeout%");
  bob.expect("PING %");
  bob.expect("ERROR :%Ping timeout%");
  bob.expect_end();
}

TEST_F(Pings, EndNobodyWhoSpeaks) {
  serve("ping_interval 50ms\nping_timeout 1s\n");
  auto& alice = user("alice");
  const auto end = std::chrono::steady_clock::now() + 1500ms;
  while (std::chrono::steady_clock::now() < end) {
    alice.ask("AWAY");
    pass(100ms);
  }
  alice.exchange("AWAY", {"305 alice :%"});
}

class RegistrationTime : public ChatTest {};

TEST_F(RegistrationTime, IsLimited) {
  serve("registration_timeout 300ms\n");
  auto& silent = connect();
  auto& half = connect();
  auto& negotiates = connect();
  auto& alice = user("alice");
  half.send("NICK half");
  negotiates.send("CAP LS 302");
  for (auto* client : {&silent, &half, &negotiates}) {
    client->expect("ERROR :%");
    client->expect_end();
  }
  user("half");
  alice.exchange("PING still", {"PONG irc.test still"});
}

class Numbers : public ChatTest {
 protected:
  // A connection counts until it has ended on both sides, which its client learns first.
  [[nodiscard]] bool only(Client& client, const std::string& users) {
    return until([&] {
      const auto lines = client.ask("LUSERS");
      return lines.size() > 5 && matches(lines[2], "253 % 0 :%") && lines[5].params[1] == users;
    });
  }
};

TEST_F(Numbers, OfConnectionsOfAHostAreLimited) {
  serve("clients_per_host 2\nunlimited none\n");
  auto& alice = user("alice");
  auto& bob = user("bob");
  auto& carol = connect();
  carol.expect("ERROR :%");
  carol.expect_end();
  bob.send("QUIT");
  bob.expect_end();
  ASSERT_TRUE(only(alice, "1"));
  user("dave");
}

TEST_F(Numbers, OfConnectionsOfAHostThatHaveNotRegisteredAreLimited) {
  serve("unregistered_per_host 2\nunlimited none\n");
  user("alice");
  auto& bob = connect();
  connect();
  auto& carol = connect();
  carol.expect("ERROR :%");
  carol.expect_end();
  bob.send("NICK bob");
  bob.send("USER bob 0 * :Bob");
  bob.expect("001 bob :%");
  user("dave");
}

TEST_F(Numbers, OfConnectionsThatAHostMakesInAMinuteAreLimitedThoughItsClientsGo) {
  serve("connects_per_minute 3\nunlimited none\n");
  for (int i = 0; i < 3; ++i) {
    auto& guest = user("guest");
    guest.send("QUIT");
    guest.expect_end();
  }
  auto& again = connect();
  again.expect("ERROR :%");
  again.expect_end();
}

TEST_F(Numbers, OfHostsThatAreUnlimitedAreNotLimited) {
  serve("clients_per_host 1\nunregistered_per_host 1\nconnects_per_minute 1\nunlimited 10.0.0.0/8 127.0.0.1\n");
  user("alice");
  connect();
  user("bob");
}

// A refused connection is told why, and stays until its peer closes as well: so many at once may, and no more.
TEST_F(Numbers, OfRefusedConnectionsThatAreStillOpenAreLimited) {
  serve("max_clients 1\n");
  auto& alice = user("alice");
  for (int i = 0; i < 100; ++i) connect().stop_reading();
  ASSERT_TRUE(until([&] {
    std::uint64_t open = 0;
    std::uint64_t accepted = 0;
    server().run_there([&](chat::Server&, eddy::Loop& loop) {
      open = loop.stats().open;
      accepted = loop.stats().accepted;
    });
    return accepted == 101 && open <= 1 + 64;
  }));
  alice.exchange("PING still", {"PONG irc.test still"});
}

TEST_F(Numbers, OfRefusedConnectionsMayOutliveTheServer) {
  eddy::Loop loop;
  eddy::test::Script script;
  {
    Config config;
    config.max_clients = 1;
    Server server(loop, std::move(config));
    const auto url = server.listen("tcp://127.0.0.1:0").to_string();
    for (int i = 0; i < 3; ++i) eddy::connect<eddy::test::Scripted>(loop, url, script.factory());
    ASSERT_TRUE(eddy::test::turn_until(loop, [&] { return loop.stats().accepted == 3 && *server.refused() == 2; }));
  }
  ASSERT_TRUE(eddy::test::turn_until(loop, [&] { return loop.stats().open == 0; }));
}

TEST_F(Numbers, OfClientsAreLimited) {
  serve("max_clients 2\n");
  user("alice");
  user("bob");
  auto& carol = connect();
  carol.expect("ERROR :%");
  carol.expect_end();
}

TEST_F(Numbers, GoBackWhenConnectionsEnd) {
  serve("clients_per_host 2\nunregistered_per_host 1\nconnects_per_minute 1000\nunlimited none\n");
  auto& alice = user("alice");
  for (int i = 0; i < 20; ++i) {
    auto& guest = user("guest");
    if (i % 2 == 0) {
      guest.reset();
    } else {
      guest.close();
    }
    ASSERT_TRUE(only(alice, "1"));
  }
}

}  // namespace
}  // namespace chat::test
