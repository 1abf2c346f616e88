// How bytes become commands: in any pieces, many at once, and lines that never end.
#include <algorithm>

#include "server.h"

namespace cache::test {
namespace {

using FramingTest = CacheTest;

// Every kind of command, with blocks, and errors that need getting in step again.
const std::string every_command =
    "set key 1 0 9\r\nva\r\nlue\r\n\r\n"
    "get key none\r\n"
    "append key 0 0 1 noreply\r\nx\r\n"
    "gets none\r\n"
    "set key 0 0 1\r\nxyz\r\n"
    "ms key 2 c k O1\r\nab\r\n"
    "ms key 2 !\r\nab\r\n"
    "mg key v k f\r\n"
    "incr key 1\r\n"
    "delete key\r\n"
    "bogus\r\n"
    "touch key 0\n"
    "mg key v\r\n"
    "stats reset\r\n";

const std::string every_answer =
    "STORED\r\n"
    "VALUE key 1 9\r\nva\r\nlue\r\n\r\nEND\r\n"
    "END\r\n"
    "CLIENT_ERROR bad data chunk\r\nERROR\r\n"
    "HD c? kkey O1\r\n"
    "CLIENT_ERROR invalid flag\r\n"
    "VA 2 kkey f0\r\nab\r\n"
    "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"
    "DELETED\r\n"
    "ERROR\r\n"
    "NOT_FOUND\r\n"
    "EN\r\n"
    "RESET\r\n";

// With a question mark for the cas value.
std::string without_cas(std::string text) {
  const auto found = text.find("HD c");
  if (found == std::string::npos) return text;
  const auto begin = text.begin() + static_cast<std::ptrdiff_t>(found + 4);
  return text.replace(begin, std::find(begin, text.end(), ' '), "?");
}

TEST_F(FramingTest, AScriptInOnePiece) { EXPECT_EQ(without_cas(ask(every_command)), every_answer); }

TEST_F(FramingTest, AScriptCutInTwoAtEveryPosition) {
  Client other(server.tcp());
  for (std::size_t cut = 1; cut < every_command.size(); ++cut) {
    client.send(every_command.substr(0, cut));
    // When another client has been answered twice, the server has seen the first part.
    other.ask("mn\r\n");
    other.ask("mn\r\n");
    EXPECT_EQ(without_cas(ask(every_command.substr(cut))), every_answer) << "cut at " << cut;
  }
}

TEST_F(FramingTest, AScriptByteByByte) {
  for (const char byte : every_command) client.send(std::string_view(&byte, 1));
  EXPECT_EQ(without_cas(ask("")), every_answer);
}

TEST_F(FramingTest, AThousandCommandsAtOnce) {
  std::string requests;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const auto number = std::to_string(i);
    const auto size = std::to_string(number.size());
    requests += "set key" + number + " 0 0 " + size + "\r\n" + number + "\r\n";
    expected += "STORED\r\n";
  }
  for (int i = 999; i >= 0; --i) {
    const auto number = std::to_string(i);
    requests += "get key" + number + " none\r\n";
    expected += "VALUE key" + number + " 0 " + std::to_string(number.size()) + "\r\n" + number + "\r\nEND\r\n";
  }
  EXPECT_TRUE(ask(requests) == expected);
}

TEST_F(FramingTest, AThousandLargeAnswersAtOnce) {
  const std::string value(20'000, 'v');
  EXPECT_EQ(ask("set key 0 0 20000\r\n" + value + "\r\n"), "STORED\r\n");
  std::string requests;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    requests += "get key\r\n";
    expected += "VALUE key 0 20000\r\n" + value + "\r\nEND\r\n";
  }
  EXPECT_TRUE(ask(requests) == expected);
}

TEST_F(FramingTest, AnAnswerComesThoughTheClientHasFinishedSending) {
  client.send("set key 0 0 1\r\nx\r\nget key\r\n");
  client.finish();
  EXPECT_EQ(client.read_to_end(), "STORED\r\nVALUE key 0 1\r\nx\r\nEND\r\n");
}

TEST_F(FramingTest, ALineWithoutEndIsCutOff) {
  for (const std::string start : {"x", "set ", "mg ", "delete ", "getx "}) {
    Client endless(server.tcp());
    endless.send("set key 0 0 1\r\nx\r\n");
    EXPECT_EQ(endless.read(8), "STORED\r\n");
    endless.send(start + std::string(100'000, 'x'));
    EXPECT_EQ(endless.read_to_end().find("STORED"), std::string::npos) << start;
  }
  EXPECT_EQ(ask("get key\r\n"), "VALUE key 0 1\r\nx\r\nEND\r\n");
}

TEST_F(FramingTest, SpacesWithoutEndAreCutOff) {
  client.send(std::string(100'000, ' '));
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(FramingTest, ALineOfKeysMayBeAsLongAsItLikes) {
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\n"), "STORED\r\n");
  client.send("get");
  std::string misses;
  while (misses.size() < 100'000) misses += " none";
  for (int i = 0; i < 50; ++i) client.send(misses);
  EXPECT_EQ(Client(server.tcp()).ask("get key\r\n"), "VALUE key 0 1\r\nx\r\nEND\r\n");
  EXPECT_EQ(ask(" key\r\n"), "VALUE key 0 1\r\nx\r\nEND\r\n");
}

TEST_F(FramingTest, AKeyWithoutEndEndsWithItsLine) {
  client.send("get ");
  const std::string part(100'000, 'k');
  for (int i = 0; i < 50; ++i) client.send(part);
  EXPECT_EQ(Client(server.tcp()).ask("get key\r\n"), "END\r\n");
  EXPECT_EQ(ask("\r\nget key\r\n"), "CLIENT_ERROR bad command line format\r\nEND\r\n");
}

TEST_F(FramingTest, ALineOfTwoThousandBytesIsTaken) {
  client.send("set " + std::string(250, 'k') + std::string(1700, ' ') + "0 0 1");
  Client(server.tcp()).ask("mn\r\n");
  EXPECT_EQ(ask("\r\nx\r\n"), "STORED\r\n");
}

TEST_F(FramingTest, ManyClientsAtOnceDoNotMeet) {
  std::vector<Client> clients;
  for (int i = 0; i < 100; ++i) clients.emplace_back(server.tcp());
  for (std::size_t i = 0; i < clients.size(); ++i) clients[i].send("set key" + std::to_string(i) + " 0 0 3\r\n");
  for (std::size_t i = 0; i < clients.size(); ++i) clients[i].send(std::to_string(100 + i) + "\r\n");
  for (std::size_t i = 0; i < clients.size(); ++i) {
    EXPECT_EQ(clients[i].read(8), "STORED\r\n");
    const auto key = "key" + std::to_string(i);
    EXPECT_EQ(clients[i].ask("get " + key + "\r\n"),
              "VALUE " + key + " 0 3\r\n" + std::to_string(100 + i) + "\r\nEND\r\n");
  }
}

TEST_F(FramingTest, AClientThatReadsLateGetsAllAndHoldsNobodyUp) {
  const std::string value(1'000'000, 'v');
  EXPECT_EQ(ask("set key 0 0 1000000\r\n" + value + "\r\n"), "STORED\r\n");
  eddy::test::RawSocket late(server.tcp());
  std::string requests;
  for (int i = 0; i < 60; ++i) requests += "get key\r\n";
  late.send(requests);
  EXPECT_EQ(ask("get none\r\n"), "END\r\n");
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\n"),
            "STORED\r\n");  // the answers under way may be of either value, and are whole
  const auto before = "VALUE key 0 1000000\r\n" + value + "\r\nEND\r\n";
  const std::string after = "VALUE key 0 1\r\nx\r\nEND\r\n";
  std::string received;
  int answered = 0;
  while (answered < 60 && late.wait_readable(eddy::test::patience)) {
    received += late.read_some(1 << 20);
    for (const auto* answer : {&before, &after}) {
      while (received.starts_with(*answer)) {
        received.erase(0, answer->size());
        ++answered;
      }
    }
  }
  EXPECT_EQ(answered, 60);
  EXPECT_EQ(received, "");
}

}  // namespace
}  // namespace cache::test
