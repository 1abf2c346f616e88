#include <gtest/gtest.h>
#include <tools/load/chat/run.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <stdexcept>
#include <thread>

#include "chat_server.h"
#include "run_fixture.h"

namespace load::test {
namespace {

using eddy::Connection;
using eddy::IrcMessage;

// Generous time-outs: only tests that are about one set it.
chat::Settings short_talk(const std::string& url) {
  chat::Settings settings;
  settings.url = url;
  settings.receivers = 4;
  settings.duration = 150ms;
  settings.timeout = settings.grace = settings.join_timeout = settings.connect_timeout = 20s;
  return settings;
}

// `count` messages, one every `interval`.
chat::Settings planned_talk(const std::string& url, int count, eddy::Duration interval) {
  auto settings = short_talk(url);
  settings.rate = 1e9 / static_cast<double>(interval.count());
  settings.duration = count * interval;
  return settings;
}

chat::Results talk(const chat::Settings& settings) {
  auto results = chat::run(settings, chat::check(settings));
  EXPECT_EQ(results.expected, results.done + results.lost + results.wrong);
  return results;
}

std::string failure_of(const chat::Settings& settings) {
  try {
    talk(settings);
    return "none";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

class ChatRun : public testing::TestWithParam<const char*> {};

TEST_P(ChatRun, AgainstARightServerEveryDeliveryIsDone) {
  const auto server = chat_server(free_url(GetParam()));
  for (const std::size_t size : {30U, 31U, 100U, 400U}) {
    auto settings = short_talk(server.url());
    settings.receivers = 100;  // more than are on their way at a time
    settings.size = size;
    settings.duration = 50ms;
    need_sockets(2 * settings.receivers + 2);  // the server is in this process, too
    const auto results = talk(settings);
    EXPECT_TRUE(problems(results).empty());
    EXPECT_EQ(results.joined, 100U);
    EXPECT_GE(results.sent, 1U);
    EXPECT_EQ(results.expected, 100 * results.sent);
    EXPECT_EQ(results.done, results.expected);
    EXPECT_EQ(results.delivery.count(), results.done);
    EXPECT_EQ(results.complete.count(), results.sent);
    EXPECT_EQ(results.complete.max(), results.delivery.max());
    EXPECT_GE(results.elapsed, 50ms);
  }
}

TEST_P(ChatRun, TheOpenModelSaysExactlyItsSchedule) {
  const auto server = chat_server(free_url(GetParam()));
  const auto results = talk(planned_talk(server.url(), 100, 1ms));
  EXPECT_TRUE(problems(results).empty());
  EXPECT_EQ(results.sent, 100U);
  EXPECT_EQ(results.done, 400U);
  EXPECT_EQ(results.send_lag.count(), 100U);
  EXPECT_GE(results.delivery.min(), results.send_lag.min());
}

INSTANTIATE_TEST_SUITE_P(Transports, ChatRun, kinds("tcp", "unix"),
                         [](const auto& test) { return std::string(test.param); });

// ---- what becomes of deliveries

// Passes everything on rightly, but for message `count` to member `number`.
ChatBehaviour spoiling(int number, std::uint64_t count, std::function<void(Connection&, const std::string&)> spoil) {
  ChatBehaviour behaviour;
  behaviour.pass_on = [=](Connection& to, int member, std::uint64_t message, const std::string& line) {
    member == number&& message == count ? spoil(to, line) : void(to.send(line));
  };
  return behaviour;
}

TEST(ChatRun, ALineThatDoesNotComeIsLost) {
  const auto server = chat_server(free_url("tcp"), spoiling(2, 3, [](Connection&, const std::string&) {}));
  auto settings = planned_talk(server.url(), 10, 1ms);
  settings.grace = 100ms;
  const auto results = talk(settings);
  EXPECT_EQ(results.lost, 1U);
  EXPECT_EQ(results.done, 39U);
  EXPECT_EQ(results.complete.count(), 9U);
  EXPECT_EQ(results.duplicated + results.reordered + results.wrong, 0U);
  EXPECT_EQ(problems(results), std::vector<std::string>{"1 delivery lost"});
}

TEST(ChatRun, ALineThatComesTwiceIsADuplicate) {
  const auto server = chat_server(free_url("tcp"), spoiling(1, 4, [](Connection& to, const std::string& line) {
                                    to.send({line, line});
                                  }));
  const auto results = talk(planned_talk(server.url(), 10, 1ms));
  EXPECT_EQ(results.duplicated, 1U);
  EXPECT_EQ(results.done, 40U);
  EXPECT_EQ(problems(results), std::vector<std::string>{"1 duplicated delivery"});
}

TEST(ChatRun, ADuplicateOfTheLastMessageIsFoundToo) {
  ChatBehaviour behaviour;
  const auto last = std::make_shared<std::string>();
  behaviour.pass_on = [=](Connection& to, int, std::uint64_t, const std::string& line) {
    *last = line;
    to.send(line);
  };
  behaviour.instead = [=](Connection& peer, int number, const IrcMessage& message) {
    if (number == 3 && message.command() == "QUIT") peer.send(*last);
    return false;
  };
  const auto server = chat_server(free_url("tcp"), behaviour);
  const auto results = talk(planned_talk(server.url(), 5, 1ms));
  EXPECT_EQ(results.done, 20U);
  EXPECT_EQ(results.duplicated, 1U);
}

TEST(ChatRun, ALineThatComesAfterALaterOneIsOutOfOrder) {
  ChatBehaviour behaviour;
  behaviour.pass_on = [kept = std::string()](Connection& to, int number, std::uint64_t count,
                                             const std::string& line) mutable {
    if (number == 2 && count == 3) {
      kept = line;
    } else if (number == 2 && count == 4) {
      to.send({line, kept});
    } else {
      to.send(line);
    }
  };
  const auto server = chat_server(free_url("tcp"), behaviour);
  const auto results = talk(planned_talk(server.url(), 10, 1ms));
  EXPECT_EQ(results.reordered, 1U);
  EXPECT_EQ(results.done, 40U);
  EXPECT_EQ(problems(results), std::vector<std::string>{"1 delivery out of order"});
}

TEST(ChatRun, AWrongByteIsReportedWithReceiverMessageAndOffset) {
  for (const std::size_t offset : {0U, 11U, 20U, 30U, 99U}) {
    const auto server = chat_server(free_url("tcp"), spoiling(3, 2, [=](Connection& to, const std::string& line) {
                                      auto copy = line;
                                      copy[line.find(" :") + 2 + offset] ^= 1;
                                      to.send(copy);
                                    }));
    const auto results = talk(short_talk(server.url()));
    ASSERT_EQ(results.wrong, 1U) << offset;
    const auto& found = results.corruptions.at(0);
    EXPECT_EQ(found.connection, 3U);
    EXPECT_EQ(found.sequence, 2U);
    EXPECT_EQ(found.offset, offset);
    ASSERT_TRUE(found.expected && found.got);
    EXPECT_EQ(*found.got, *found.expected ^ 1);
    EXPECT_GT(results.sent, 3U);  // the closed model went on
    EXPECT_EQ(results.complete.count(), results.sent - 1);
    EXPECT_EQ(problems(results), std::vector<std::string>{"1 wrong delivery"});
  }
}

TEST(ChatRun, AShortenedLineIsWrong) {
  const auto server = chat_server(free_url("tcp"), spoiling(1, 0, [](Connection& to, const std::string& line) {
                                    to.send({std::string_view(line).substr(0, line.size() - 12), "\r\n"});
                                  }));
  const auto results = talk(planned_talk(server.url(), 3, 1ms));
  ASSERT_EQ(results.corruptions.size(), 1U);
  EXPECT_EQ(results.corruptions[0].offset, 90U);
  EXPECT_FALSE(results.corruptions[0].got);
}

TEST(ChatRun, WhatOthersSayIsNotCounted) {
  const auto server = chat_server(free_url("tcp"), spoiling(1, 1, [](Connection& to, const std::string& line) {
                                    to.send({":somebody!~x@test PRIVMSG #eddy-load :hello\r\n", line});
                                  }));
  const auto results = talk(planned_talk(server.url(), 3, 1ms));
  EXPECT_TRUE(problems(results).empty());
  EXPECT_EQ(results.foreign, 1U);
}

// ---- receivers and the sender that leave

TEST(ChatRun, AReceiverThatGetsNothingIsGivenUpAndTheOthersGoOn) {
  ChatBehaviour behaviour;
  behaviour.pass_on = [](Connection& to, int number, std::uint64_t count, const std::string& line) {
    if (number != 2 || count < 5) to.send(line);
  };
  const auto server = chat_server(free_url("tcp"), behaviour);
  auto settings = short_talk(server.url());
  settings.timeout = 200ms;
  settings.duration = 400ms;
  const auto results = talk(settings);
  EXPECT_EQ(results.lost, 1U);
  EXPECT_EQ(results.errors, (ErrorCounts{{"no delivery for 200 ms", 1}}));
  EXPECT_GT(results.sent, 6U);
  EXPECT_EQ(results.expected, 3 * results.sent + 6);
}

TEST(ChatRun, AReceiverThatIsThrownOutLosesWhatItHasNotGot) {
  ChatBehaviour behaviour;
  behaviour.pass_on = [](Connection& to, int number, std::uint64_t count, const std::string& line) {
    if (number != 2 || count < 5) return void(to.send(line));
    to.send("ERROR :Closing Link: load2 (SendQ exceeded)\r\n");
    to.close();
  };
  const auto server = chat_server(free_url("tcp"), behaviour);
  const auto results = talk(short_talk(server.url()));
  EXPECT_EQ(results.lost, 1U);
  EXPECT_EQ(results.errors, (ErrorCounts{{"the server said: Closing Link: NICK (SendQ exceeded)", 1}}));
  EXPECT_GT(results.sent, 6U);
}

TEST(ChatRun, WhenAllReceiversAreGoneTheRunEnds) {
  ChatBehaviour behaviour;
  behaviour.pass_on = [](Connection& to, int, std::uint64_t, const std::string&) { to.abort(); };
  const auto server = chat_server(free_url("tcp"), behaviour);
  auto settings = short_talk(server.url());
  settings.duration = 1h;
  const auto results = talk(settings);
  EXPECT_EQ(results.sent, 1U);
  EXPECT_EQ(results.lost, 4U);
  EXPECT_EQ(total(results.errors), 4U);
}

TEST(ChatRun, ASenderThatMayNotSpeakEndsTheRunWithTheServersReason) {
  ChatBehaviour behaviour;
  behaviour.instead = [](Connection& peer, int, const IrcMessage& message) {
    if (message.command() != "PRIVMSG") return false;
    peer.send(":test 404 load0 #eddy-load :Cannot send to channel\r\n");
    return true;
  };
  const auto server = chat_server(free_url("tcp"), behaviour);
  auto settings = short_talk(server.url());
  settings.duration = 1h;
  settings.grace = 100ms;
  const auto results = talk(settings);
  EXPECT_EQ(results.errors, (ErrorCounts{{"sender: 404 #eddy-load Cannot send to channel", 1}}));
  EXPECT_EQ(results.lost, 4U);
}

TEST(ChatRun, OneThatIsKickedIsNamed) {
  const auto server = chat_server(free_url("tcp"), spoiling(1, 1, [](Connection& to, const std::string&) {
                                    to.send(":test KICK #eddy-load load1 :out\r\n");
                                  }));
  const auto results = talk(short_talk(server.url()));
  EXPECT_EQ(results.errors, (ErrorCounts{{"kicked: out", 1}}));
}

TEST(ChatRun, WhatTheServerSaysOrdersNoTerminalAbout) {
  const auto server = chat_server(free_url("tcp"), spoiling(1, 1, [](Connection& to, const std::string&) {
                                    to.send(
                                        ":test KICK #eddy-load load1 :a\x1b[2J\x9b"
                                        "b\xc2\x9b"
                                        "c\x7f\r\n");
                                  }));
  const auto results = talk(short_talk(server.url()));
  EXPECT_EQ(results.errors, (ErrorCounts{{R"(kicked: a\x1b[2J\x9bb\xc2\x9bc\x7f)", 1}}));
}

// ---- joining

TEST(ChatRun, MembersAnswerPingAndTakeTheNameThatTheyGet) {
  ChatBehaviour behaviour;
  behaviour.rename = [](const std::string& nick) { return "x" + nick.substr(4); };
  behaviour.instead = [](Connection& peer, int number, const IrcMessage& message) {
    if (message.command() == "USER") return peer.send("PING :token with space\r\n"), true;
    if (message.command() == "PONG" && message.param(0) == "token with space") {
      peer.send(":test 001 x" + std::to_string(number) + " :Welcome\r\n");
    }
    return false;
  };
  const auto server = chat_server(free_url("tcp"), behaviour);
  const auto results = talk(planned_talk(server.url(), 3, 1ms));
  EXPECT_TRUE(problems(results).empty());
  EXPECT_EQ(results.done, 12U);
}

TEST(ChatRun, ThePasswordIsTheFirstThingSaid) {
  ChatBehaviour behaviour;
  behaviour.instead = [known = std::map<Connection*, bool>()](Connection& peer, int,
                                                              const IrcMessage& message) mutable {
    if (message.command() == "PASS" && message.param(0) == "open sesame") known[&peer] = true;
    if (message.command() != "USER" || known[&peer]) return false;
    peer.send(":test 464 * :Password incorrect\r\n");
    return true;
  };
  const auto server = chat_server(free_url("tcp"), behaviour);
  auto settings = planned_talk(server.url(), 3, 1ms);
  EXPECT_NE(failure_of(settings).find("the sender did not join: 464 Password incorrect"), std::string::npos);
  settings.password = "open sesame";
  EXPECT_TRUE(problems(talk(settings)).empty());
}

TEST(ChatRun, AServerThatDoesNotWelcomeIsGivenUpWithAReason) {
  ChatBehaviour behaviour;
  behaviour.instead = [](Connection&, int, const IrcMessage& message) { return message.command() == "USER"; };
  const auto server = chat_server(free_url("tcp"), behaviour);
  auto settings = short_talk(server.url());
  settings.join_timeout = 100ms;
  EXPECT_NE(failure_of(settings).find("the sender did not join: no welcome (001) within 100 ms"), std::string::npos);
}

TEST(ChatRun, ReceiversThatDoNotGetInAreCountedAndTheOthersMeasured) {
  ChatBehaviour behaviour;
  behaviour.instead = [](Connection& peer, int number, const IrcMessage& message) {
    if (message.command() == "JOIN" && number == 1) return true;
    if (message.command() == "JOIN" && number == 2) {
      peer.send(":test 471 load2 #eddy-load :Cannot join channel (+l)\r\n");
      return true;
    }
    return false;
  };
  const auto server = chat_server(free_url("tcp"), behaviour);
  auto settings = planned_talk(server.url(), 3, 1ms);
  settings.join_timeout = 500ms;
  const auto results = talk(settings);
  EXPECT_EQ(results.not_joined, (ErrorCounts{{"471 #eddy-load Cannot join channel (+l)", 1},
                                             {"no end of the names (366) within 500 ms", 1}}));
  EXPECT_EQ(results.joined, 2U);
  EXPECT_EQ(results.done, 6U);
  EXPECT_EQ(problems(results), std::vector<std::string>{"2 receivers did not join"});
}

TEST(ChatRun, ASenderThatDoesNotSeeTheOthersJoinDoesNotBegin) {
  ChatBehaviour behaviour;
  behaviour.instead = [](Connection& peer, int number, const IrcMessage& message) {
    if (message.command() != "JOIN" || number == 0) return false;
    peer.send(":test 366 load" + std::to_string(number) + " #eddy-load :End of /NAMES list.\r\n");
    return true;
  };
  const auto server = chat_server(free_url("tcp"), behaviour);
  auto settings = short_talk(server.url());
  settings.join_timeout = 200ms;
  EXPECT_NE(failure_of(settings).find("the sender saw 0 of 4 receivers join within 200 ms"), std::string::npos);
}

TEST(ChatRun, NobodyThereIsOneLineThatNamesTheUrl) {
  std::string url;
  { url = chat_server(free_url("tcp")).url(); }
  const auto text = failure_of(short_talk(url));
  EXPECT_NE(text.find(url), std::string::npos) << text;
  EXPECT_NE(text.find("refused"), std::string::npos) << text;
}

TEST(ChatRun, TheRampHoldsMembersBack) {
  const auto server = chat_server(free_url("tcp"));
  auto settings = planned_talk(server.url(), 3, 1ms);
  settings.ramp = 20;
  const auto results = talk(settings);
  EXPECT_TRUE(problems(results).empty());
  EXPECT_GE(results.join_time, 4 * 50ms);
}

TEST(ChatRun, ASignalEndsTheRunEarlyAndLosesNothing) {
  ChatBehaviour behaviour;
  behaviour.pass_on = [](Connection& to, int number, std::uint64_t count, const std::string& line) {
    if (number == 1 && count == 10) std::raise(SIGINT);
    to.send(line);
  };
  const auto server = chat_server(free_url("tcp"), behaviour);
  auto settings = short_talk(server.url());
  settings.duration = 1h;
  const auto results = talk(settings);
  EXPECT_TRUE(results.interrupted);
  EXPECT_TRUE(problems(results).empty());
  EXPECT_GE(results.sent, 11U);
}

}  // namespace
}  // namespace load::test
