// get, gets, gat, gats: hits, misses, many keys, and lines of any length.
#include "server.h"

namespace cache::test {
namespace {

using RetrievalTest = CacheTest;

TEST_F(RetrievalTest, GetOfNothingThereIsAnEndAlone) {
  EXPECT_EQ(ask("get key\r\n"), "END\r\n");
  EXPECT_EQ(ask("gets key\r\n"), "END\r\n");
  EXPECT_EQ(ask("gat 0 key\r\n"), "END\r\n");
  EXPECT_EQ(ask("gats 0 key\r\n"), "END\r\n");
}

TEST_F(RetrievalTest, GetOfManyKeysGivesThoseThatAreThereInTheirOrder) {
  EXPECT_EQ(ask("set a 1 0 1\r\nA\r\nset b 2 0 2\r\nBB\r\nset c 3 0 0\r\n\r\n"), "STORED\r\nSTORED\r\nSTORED\r\n");
  EXPECT_EQ(ask("get c none a b none\r\n"), "VALUE c 3 0\r\n\r\nVALUE a 1 1\r\nA\r\nVALUE b 2 2\r\nBB\r\nEND\r\n");
}

TEST_F(RetrievalTest, AKeyAskedForTwiceIsAnsweredTwice) {
  EXPECT_EQ(ask("set a 0 0 1\r\nA\r\nget a a\r\n"), "STORED\r\nVALUE a 0 1\r\nA\r\nVALUE a 0 1\r\nA\r\nEND\r\n");
}

TEST_F(RetrievalTest, GetsAddsTheCasValue) {
  EXPECT_EQ(ask("set a 1 0 1\r\nA\r\nset b 2 0 1\r\nB\r\n"), "STORED\r\nSTORED\r\n");
  const auto a = cas_of("a");
  const auto b = cas_of("b");
  EXPECT_NE(a, b);
  EXPECT_EQ(ask("gets b a\r\n"), "VALUE b 2 1 " + b + "\r\nB\r\nVALUE a 1 1 " + a + "\r\nA\r\nEND\r\n");
}

TEST_F(RetrievalTest, GatSetsTheExpiryOfEveryHit) {
  EXPECT_EQ(ask("set a 1 0 1\r\nA\r\nset b 2 10 1\r\nB\r\n"), "STORED\r\nSTORED\r\n");
  EXPECT_EQ(ask("gat 1000 a none b\r\n"), "VALUE a 1 1\r\nA\r\nVALUE b 2 1\r\nB\r\nEND\r\n");
  for (const std::string key : {"a", "b"}) {
    const auto ttl = flag_value(ask("mg " + key + " t\r\n"), 't');
    EXPECT_GE(ttl, 990);
    EXPECT_LE(ttl, 1000);
  }
  EXPECT_EQ(ask("gats 0 a\r\n"), "VALUE a 1 1 " + cas_of("a") + "\r\nA\r\nEND\r\n");
  EXPECT_EQ(ask("mg a t\r\n"), "HD t-1\r\n");
}

TEST_F(RetrievalTest, GatWithANegativeExpiryGivesTheValueOneLastTime) {
  EXPECT_EQ(ask("set a 0 0 1\r\nA\r\ngat -1 a\r\n"), "STORED\r\nVALUE a 0 1\r\nA\r\nEND\r\n");
  EXPECT_EQ(ask("get a\r\n"), "END\r\n");
}

TEST_F(RetrievalTest, GatWithoutANumberIsAnError) {
  EXPECT_EQ(ask("gat soon a\r\n"), "CLIENT_ERROR invalid exptime argument\r\n");
  EXPECT_EQ(ask("gats 1x a\r\n"), "CLIENT_ERROR invalid exptime argument\r\n");
  EXPECT_EQ(ask("gat 99999999999999999999 a\r\n"), "CLIENT_ERROR invalid exptime argument\r\n");
}

TEST_F(RetrievalTest, WithoutAKeyItIsAnError) {
  EXPECT_EQ(ask("get\r\n"), "ERROR\r\n");
  EXPECT_EQ(ask("gets\r\n"), "ERROR\r\n");
  EXPECT_EQ(ask("gat\r\n"), "ERROR\r\n");
  EXPECT_EQ(ask("gats\r\n"), "ERROR\r\n");
}

TEST_F(RetrievalTest, GatOfNoKeyIsAnEnd) {
  EXPECT_EQ(ask("gat 10\r\n"), "END\r\n");
  EXPECT_EQ(ask("gats 10\r\n"), "END\r\n");
}

// Longer than any other line may be, for every verb that takes many keys, and cut into many pieces by the network.
TEST_F(RetrievalTest, ThousandsOfKeysFitInALine) {
  std::string store;
  std::string keys;
  std::string values;
  for (int i = 0; i < 5000; ++i) {
    const auto key = "a-rather-long-key-with-the-number-" + std::to_string(i);
    keys += " " + key;
    if (i % 10 != 0) continue;
    store += "set " + key + " 0 0 1 noreply\r\nx\r\n";
    values += "VALUE " + key + " 0 1\r\nx\r\n";
  }
  EXPECT_EQ(ask(store), "");
  EXPECT_TRUE(ask("get" + keys + "\r\n") == values + "END\r\n");
  const auto with_cas = ask("gets" + keys + "\r\n");
  EXPECT_TRUE(with_cas.ends_with("END\r\n"));
  EXPECT_GT(with_cas.size(), values.size());
}

TEST_F(RetrievalTest, ALongLineOfKeysArrivesInPieces) {
  EXPECT_EQ(ask("set last 0 0 1\r\nx\r\n"), "STORED\r\n");
  std::string line = "get";
  while (line.size() < 30'000) line += " key-that-is-not-there";
  line += " last\r\n";
  for (std::size_t at = 0; at < line.size(); at += 997) {
    client.send(std::string_view(line).substr(at, 997));
    EXPECT_EQ(Client(server.tcp()).ask("get none\r\n"), "END\r\n");
  }
  EXPECT_EQ(client.read_until("END\r\n"), "VALUE last 0 1\r\nx\r\nEND\r\n");
}

TEST_F(RetrievalTest, ManyLargeValuesComeInOneAnswer) {
  const std::string value(500'000, 'v');
  std::string keys;
  std::string answer;
  for (int i = 0; i < 20; ++i) {
    const auto key = "key" + std::to_string(i);
    keys += " " + key;
    EXPECT_EQ(ask("set " + key + " 0 0 500000\r\n" + value + "\r\n"), "STORED\r\n");
    answer += "VALUE " + key + " 0 500000\r\n" + value + "\r\n";
  }
  EXPECT_TRUE(ask("get" + keys + "\r\n") == answer + "END\r\n");
}

}  // namespace
}  // namespace cache::test
