// Commands about the server rather than about items, and words that are no command.
#include <regex>

#include "server.h"

namespace cache::test {
namespace {

using ServerCommandsTest = CacheTest;

TEST_F(ServerCommandsTest, VersionIsThreeNumbersAsClientsReadThem) {
  EXPECT_TRUE(std::regex_match(ask("version\r\n"), std::regex("VERSION [0-9]+\\.[0-9]+\\.[0-9]+[^ \r\n]*\r\n")));
  EXPECT_TRUE(ask("version more words\r\n").starts_with("VERSION "));
}

TEST_F(ServerCommandsTest, VerbosityTakesANumber) {
  EXPECT_EQ(ask("verbosity 0\r\n"), "OK\r\n");
  EXPECT_EQ(ask("verbosity 0 noreply\r\n"), "");
  EXPECT_EQ(ask("verbosity loud\r\n"), "CLIENT_ERROR bad command line format\r\n");
  EXPECT_EQ(ask("verbosity -1\r\n"), "CLIENT_ERROR bad command line format\r\n");
  EXPECT_EQ(ask("verbosity loud noreply\r\n"), "");
  EXPECT_EQ(ask("verbosity\r\n"), "ERROR\r\n");
  EXPECT_EQ(ask("verbosity 1 2 3\r\n"), "ERROR\r\n");
}

TEST_F(ServerCommandsTest, QuitEndsTheConnectionAfterWhatWasAskedBefore) {
  client.send("set key 0 0 1\r\nx\r\nget key\r\nquit\r\nget key\r\n");
  EXPECT_EQ(client.read_to_end(), "STORED\r\nVALUE key 0 1\r\nx\r\nEND\r\n");
}

TEST_F(ServerCommandsTest, QuitAfterALargeAnswerLosesNothingOfIt) {
  const std::string value(1'000'000, 'v');
  client.send("set key 0 0 1000000\r\n" + value + "\r\nget key\r\nget key\r\nquit\r\n");
  const auto answer = "VALUE key 0 1000000\r\n" + value + "\r\nEND\r\n";
  EXPECT_TRUE(client.read_to_end() == "STORED\r\n" + answer + answer);
}

TEST_F(ServerCommandsTest, ShutdownIsNotForEverybody) {
  EXPECT_EQ(ask("shutdown\r\n"), "ERROR: shutdown not enabled\r\n");
  EXPECT_EQ(ask("shutdown graceful\r\n"), "ERROR: shutdown not enabled\r\n");
  EXPECT_EQ(ask("get key\r\n"), "END\r\n");
}

TEST_F(ServerCommandsTest, WhatIsNoCommandIsAnError) {
  for (const std::string line : {"x",
                                 "bogus",
                                 "GET key",
                                 "Get key",
                                 "SET key 0 0 1",
                                 "getkey",
                                 "se key 0 0 1",
                                 "settle key 0 0 1",
                                 "deletes key",
                                 "incrs key 1",
                                 "mx key",
                                 "mgx key",
                                 "m",
                                 "MG key",
                                 "version1",
                                 "flush_al",
                                 "stat",
                                 "\x80\x81",
                                 "{}",
                                 "get\tkey"}) {
    EXPECT_EQ(ask(line + "\r\n"), "ERROR\r\n") << line;
  }
}

TEST_F(ServerCommandsTest, WhoSpeaksHttpIsClosed) {
  client.send("POST / HTTP/1.1\r\nHost: localhost\r\n\r\nset key 0 0 1\r\nx\r\n");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(Client(server.tcp()).ask("get key\r\n"), "END\r\n");
}

}  // namespace
}  // namespace cache::test
