// set, add, replace, append, prepend, cas: every outcome, and what makes them malformed.
#include "server.h"

namespace cache::test {
namespace {

using StorageTest = CacheTest;

TEST_F(StorageTest, SetStoresAndReplacesValueAndFlags) {
  EXPECT_EQ(ask("set key 7 0 5\r\nfirst\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("get key\r\n"), "VALUE key 7 5\r\nfirst\r\nEND\r\n");
  EXPECT_EQ(ask("set key 8 0 11\r\nsecond time\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("get key\r\n"), "VALUE key 8 11\r\nsecond time\r\nEND\r\n");
}

TEST_F(StorageTest, AddStoresOnlyWhereNothingIs) {
  EXPECT_EQ(ask("add key 1 0 3\r\none\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("add key 2 0 3\r\ntwo\r\n"), "NOT_STORED\r\n");
  EXPECT_EQ(ask("get key\r\n"), "VALUE key 1 3\r\none\r\nEND\r\n");
  EXPECT_EQ(ask("delete key\r\nadd key 2 0 3\r\ntwo\r\n"), "DELETED\r\nSTORED\r\n");
}

TEST_F(StorageTest, ReplaceStoresOnlyWhereSomethingIs) {
  EXPECT_EQ(ask("replace key 1 0 3\r\none\r\n"), "NOT_STORED\r\n");
  EXPECT_EQ(ask("get key\r\n"), "END\r\n");
  EXPECT_EQ(ask("set key 1 0 3\r\none\r\nreplace key 2 0 4\r\nmore\r\n"), "STORED\r\nSTORED\r\n");
  EXPECT_EQ(ask("get key\r\n"), "VALUE key 2 4\r\nmore\r\nEND\r\n");
}

TEST_F(StorageTest, AppendAndPrependAddToAValueAndKeepItsFlagsAndExpiry) {
  EXPECT_EQ(ask("append key 0 0 1\r\nx\r\nprepend key 0 0 1\r\nx\r\n"), "NOT_STORED\r\nNOT_STORED\r\n");
  EXPECT_EQ(ask("set key 5 100 3\r\nmid\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("append key 9 0 4\r\n end\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("prepend key 9 0 6\r\nstart \r\n"), "STORED\r\n");
  EXPECT_EQ(ask("get key\r\n"), "VALUE key 5 13\r\nstart mid end\r\nEND\r\n");
  const auto ttl = flag_value(ask("mg key t\r\n"), 't');
  EXPECT_GE(ttl, 90);
  EXPECT_LE(ttl, 100);
}

TEST_F(StorageTest, AppendAndPrependMakeValuesOfEverySize) {
  std::string value(100, 'm');
  EXPECT_EQ(ask("set key 5 0 100\r\n" + value + "\r\n"), "STORED\r\n");
  for (const std::size_t size : {1U, 30'000U, 3000U, 1U, 500'000U, 340'000U}) {
    const auto length = std::to_string(size);
    const std::string front(size, 'f');
    const std::string back(size / 3, 'b');
    EXPECT_EQ(ask("prepend key 0 0 " + length + "\r\n" + front + "\r\nappend key 0 0 " + std::to_string(back.size()) +
                  "\r\n" + back + "\r\n"),
              size == 340'000 ? "NOT_STORED\r\nSTORED\r\n" : "STORED\r\nSTORED\r\n");
    value = (size == 340'000 ? "" : front) + value + back;
    EXPECT_TRUE(ask("get key\r\n") == "VALUE key 5 " + std::to_string(value.size()) + "\r\n" + value + "\r\nEND\r\n")
        << size;
  }
}

TEST_F(StorageTest, AppendAndPrependOfNothingChangeNothing) {
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\nappend key 0 0 0\r\n\r\nprepend key 0 0 0\r\n\r\n"),
            "STORED\r\nSTORED\r\nSTORED\r\n");
  EXPECT_EQ(ask("get key\r\n"), "VALUE key 0 1\r\nx\r\nEND\r\n");
}

TEST_F(StorageTest, CasStoresOnlyWhatNobodyHasChangedSince) {
  EXPECT_EQ(ask("cas key 0 0 1 1\r\nx\r\n"), "NOT_FOUND\r\n");
  EXPECT_EQ(ask("set key 0 0 1\r\na\r\n"), "STORED\r\n");
  const auto first = cas_of("key");
  EXPECT_EQ(ask("gets key\r\n"), "VALUE key 0 1 " + first + "\r\na\r\nEND\r\n");
  EXPECT_EQ(ask("cas key 3 0 2 " + first + "\r\nbb\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("cas key 4 0 1 " + first + "\r\nc\r\n"), "EXISTS\r\n");
  const auto second = cas_of("key");
  EXPECT_NE(first, second);
  EXPECT_EQ(ask("gets key\r\n"), "VALUE key 3 2 " + second + "\r\nbb\r\nEND\r\n");
}

TEST_F(StorageTest, EachChangeGivesAnotherCasValue) {
  EXPECT_EQ(ask("set key 0 0 1\r\n1\r\n"), "STORED\r\n");
  auto last = cas_of("key");
  for (const std::string change : {"set key 0 0 1\r\n1\r\n", "replace key 0 0 1\r\n1\r\n", "append key 0 0 1\r\n1\r\n",
                                   "prepend key 0 0 1\r\n1\r\n", "incr key 1\r\n", "decr key 1\r\n"}) {
    ask(change);
    const auto now = cas_of("key");
    EXPECT_NE(now, last) << change;
    last = now;
  }
}

TEST_F(StorageTest, ReadingAndTouchingKeepTheCasValue) {
  EXPECT_EQ(ask("set key 0 0 1\r\n1\r\n"), "STORED\r\n");
  const auto cas = cas_of("key");
  EXPECT_EQ(ask("touch key 100\r\n"), "TOUCHED\r\n");
  EXPECT_EQ(ask("gats 200 key\r\n"), "VALUE key 0 1 " + cas + "\r\n1\r\nEND\r\n");
}

TEST_F(StorageTest, ACasValueOfZeroMatchesNothing) {
  EXPECT_EQ(ask("set key 0 0 1\r\n1\r\ncas key 0 0 1 0\r\n2\r\n"), "STORED\r\nEXISTS\r\n");
  EXPECT_EQ(ask("cas key 0 0 1 18446744073709551615\r\n2\r\n"), "EXISTS\r\n");
}

TEST_F(StorageTest, NoreplySuppressesEveryAnswerButNotTheEffect) {
  EXPECT_EQ(ask("set a 1 0 1 noreply\r\nx\r\n"), "");
  EXPECT_EQ(ask("add b 2 0 1 noreply\r\nx\r\nadd b 3 0 1 noreply\r\ny\r\n"), "");
  EXPECT_EQ(ask("replace a 4 0 1 noreply\r\ny\r\nreplace none 4 0 1 noreply\r\ny\r\n"), "");
  EXPECT_EQ(ask("append a 0 0 1 noreply\r\nz\r\nprepend b 0 0 1 noreply\r\nw\r\n"), "");
  EXPECT_EQ(ask("get a b none\r\n"), "VALUE a 4 2\r\nyz\r\nVALUE b 2 2\r\nwx\r\nEND\r\n");
  EXPECT_EQ(ask("cas a 5 0 1 " + cas_of("a") + " noreply\r\nc\r\n"), "");
  EXPECT_EQ(ask("cas a 6 0 1 999999999 noreply\r\nd\r\ncas none 6 0 1 1 noreply\r\nd\r\n"), "");
  EXPECT_EQ(ask("get a\r\n"), "VALUE a 5 1\r\nc\r\nEND\r\n");
}

TEST_F(StorageTest, AnythingElseInTheNoreplysPlaceIsIgnored) {
  EXPECT_EQ(ask("set key 0 0 1 please\r\nx\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("set key 0 0 1 NOREPLY\r\nx\r\n"), "STORED\r\n");
}

TEST_F(StorageTest, FlagsAreAnyUnsigned32BitNumber) {
  EXPECT_EQ(ask("set key 4294967295 0 1\r\nx\r\nget key\r\n"), "STORED\r\nVALUE key 4294967295 1\r\nx\r\nEND\r\n");
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\nget key\r\n"), "STORED\r\nVALUE key 0 1\r\nx\r\nEND\r\n");
}

// memcached cannot know how long the block is that follows a line it could not read: it takes it for a command.
TEST_F(StorageTest, NumbersThatAreNoneAreBadFormat) {
  static constexpr auto* bad = "CLIENT_ERROR bad command line format\r\n";
  for (const std::string numbers :
       {"-1 0 1", "x 0 1", "1x 0 1", "0 x 1", "0 1.5 1", "0 99999999999999999999 1", "0 0 x", "0 0 1x", "0 0 -1",
        "0 0 2147483646", "0 0 2147483647", "0 0 2147483648", "0 0 99999999999999999999"}) {
    for (const std::string verb : {"set", "add", "replace", "append", "prepend"}) {
      EXPECT_EQ(ask(verb + " key " + numbers + "\r\n"), bad) << verb << ' ' << numbers;
    }
    EXPECT_EQ(ask("cas key " + numbers + " 1\r\n"), bad) << numbers;
  }
  for (const std::string cas : {"x", "-1", "1x", "18446744073709551616"}) {
    EXPECT_EQ(ask("cas key 0 0 1 " + cas + "\r\n"), bad) << cas;
  }
  EXPECT_EQ(ask("set key x 0 1\r\nversions\r\n"), std::string(bad) + "ERROR\r\n");
  EXPECT_EQ(ask("get key\r\n"), "END\r\n");
}

TEST_F(StorageTest, NoreplyHidesABadFormatToo) {
  EXPECT_EQ(ask("set key x 0 1 noreply\r\n"), "");
  EXPECT_EQ(ask("cas key 0 0 1 x noreply\r\n"), "");
}

TEST_F(StorageTest, AnotherNumberOfWordsIsAnError) {
  for (const std::string line : {"set", "set key", "set key 0", "set key 0 0", "set key 0 0 1 noreply extra",
                                 "add key 0 0", "replace key 0 0", "append key 0 0", "prepend key 0 0", "cas key 0 0 1",
                                 "cas key 0 0 1 2 noreply extra", "add", "replace", "append", "prepend", "cas"}) {
    EXPECT_EQ(ask(line + "\r\n"), "ERROR\r\n") << line;
  }
}

}  // namespace
}  // namespace cache::test
