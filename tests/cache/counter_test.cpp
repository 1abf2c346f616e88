// incr and decr.
#include "server.h"

namespace cache::test {
namespace {

using CounterTest = CacheTest;

TEST_F(CounterTest, IncrAndDecrAnswerTheNewValueAndKeepTheFlags) {
  EXPECT_EQ(ask("set n 7 0 2\r\n10\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("incr n 5\r\n"), "15\r\n");
  EXPECT_EQ(ask("decr n 3\r\n"), "12\r\n");
  EXPECT_EQ(ask("incr n 0\r\n"), "12\r\n");
  EXPECT_EQ(ask("get n\r\n"), "VALUE n 7 2\r\n12\r\nEND\r\n");
}

TEST_F(CounterTest, AMissingOneIsNotFound) {
  EXPECT_EQ(ask("incr n 1\r\n"), "NOT_FOUND\r\n");
  EXPECT_EQ(ask("decr n 1\r\n"), "NOT_FOUND\r\n");
}

TEST_F(CounterTest, IncrWrapsAtTwoToThe64) {
  // memcached looks for a minus sign behind the end of such a large number: no remains of an older item may be there.
  EXPECT_EQ(ask("set n 0 0 30\r\n" + std::string(30, '\0') + "\r\ndelete n\r\n"), "STORED\r\nDELETED\r\n");
  EXPECT_EQ(ask("set n 0 0 20\r\n18446744073709551614\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("incr n 1\r\n"), "18446744073709551615\r\n");
  EXPECT_EQ(ask("incr n 1\r\n"), "0\r\n");
  EXPECT_EQ(ask("incr n 18446744073709551615\r\n"), "18446744073709551615\r\n");
  EXPECT_EQ(ask("incr n 18446744073709551615\r\n"), "18446744073709551614\r\n");
}

TEST_F(CounterTest, DecrStopsAtZero) {
  EXPECT_EQ(ask("set n 0 0 1\r\n5\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("decr n 6\r\n"), "0\r\n");
  EXPECT_EQ(ask("decr n 1\r\n"), "0\r\n");
  EXPECT_EQ(ask("decr n 18446744073709551615\r\n"), "0\r\n");
}

TEST_F(CounterTest, AShorterNumberKeepsTheLengthWithSpaces) {
  EXPECT_EQ(ask("set n 0 0 3\r\n100\r\ndecr n 1\r\n"), "STORED\r\n99\r\n");
  EXPECT_EQ(ask("get n\r\n"), "VALUE n 0 3\r\n99 \r\nEND\r\n");
  EXPECT_EQ(ask("decr n 99\r\nget n\r\n"), "0\r\nVALUE n 0 3\r\n0  \r\nEND\r\n");
  EXPECT_EQ(ask("incr n 25\r\nget n\r\n"), "25\r\nVALUE n 0 3\r\n25 \r\nEND\r\n");
}

TEST_F(CounterTest, ALongerNumberMakesTheValueLonger) {
  EXPECT_EQ(ask("set n 3 0 2\r\n99\r\nincr n 1\r\n"), "STORED\r\n100\r\n");
  EXPECT_EQ(ask("get n\r\n"), "VALUE n 3 3\r\n100\r\nEND\r\n");
  EXPECT_EQ(ask("incr n 18446744073709551515\r\n"), "18446744073709551615\r\n");
  EXPECT_EQ(ask("get n\r\n"), "VALUE n 3 20\r\n18446744073709551615\r\nEND\r\n");
}

TEST_F(CounterTest, AValueThatIsNoNumberStaysAsItIs) {
  for (const std::string value : {"abc", "1a", "", "-1", "18446744073709551616", "1.5", "99999999999999999999999999"}) {
    const auto size = std::to_string(value.size());
    EXPECT_EQ(ask("set n 0 0 " + size + "\r\n" + value + "\r\n"), "STORED\r\n");
    static constexpr auto* not_numeric = "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n";
    EXPECT_EQ(ask("incr n 1\r\n"), not_numeric) << value;
    EXPECT_EQ(ask("decr n 1\r\n"), not_numeric) << value;
    EXPECT_EQ(ask("get n\r\n"), "VALUE n 0 " + size + "\r\n" + value + "\r\nEND\r\n");
  }
}

TEST_F(CounterTest, SpacesAroundTheNumberDoNotMatter) {
  EXPECT_EQ(ask("set n 0 0 4\r\n 12 \r\nincr n 1\r\n"), "STORED\r\n13\r\n");
  EXPECT_EQ(ask("get n\r\n"), "VALUE n 0 4\r\n13  \r\nEND\r\n");
}

TEST_F(CounterTest, AValueTooLongForANumberIsNone) {
  EXPECT_EQ(ask("set n 0 0 600000\r\n" + std::string(600'000, '1') + "\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("incr n 1\r\n"), "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n");
}

TEST_F(CounterTest, ADeltaThatIsNoNumberIsAnError) {
  EXPECT_EQ(ask("set n 0 0 1\r\n1\r\n"), "STORED\r\n");
  for (const std::string delta : {"x", "-1", "1x", "1.5", "18446744073709551616"}) {
    EXPECT_EQ(ask("incr n " + delta + "\r\n"), "CLIENT_ERROR invalid numeric delta argument\r\n") << delta;
    EXPECT_EQ(ask("decr n " + delta + "\r\n"), "CLIENT_ERROR invalid numeric delta argument\r\n") << delta;
  }
  EXPECT_EQ(ask("get n\r\n"), "VALUE n 0 1\r\n1\r\nEND\r\n");
}

TEST_F(CounterTest, AnotherNumberOfWordsIsAnError) {
  for (const std::string line :
       {"incr", "incr n", "incr n 1 noreply more", "decr", "decr n", "decr n 1 noreply more"}) {
    EXPECT_EQ(ask(line + "\r\n"), "ERROR\r\n") << line;
  }
}

TEST_F(CounterTest, NoreplySuppressesTheAnswerButNotTheEffect) {
  EXPECT_EQ(ask("set n 0 0 2\r\n10\r\nincr n 5 noreply\r\ndecr n 1 noreply\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("incr none 1 noreply\r\ndecr none 1 noreply\r\nincr n x noreply\r\n"), "");
  EXPECT_EQ(ask("get n\r\n"), "VALUE n 0 2\r\n14\r\nEND\r\n");
}

TEST_F(CounterTest, TheExpiryStays) {
  EXPECT_EQ(ask("set n 0 100 1\r\n9\r\nincr n 1\r\n"), "STORED\r\n10\r\n");
  const auto ttl = flag_value(ask("mg n t\r\n"), 't');
  EXPECT_GE(ttl, 90);
  EXPECT_LE(ttl, 100);
}

// Else a value of a megabyte of spaces costs more than a hundred other requests.
TEST_F(CounterTest, OursOnlyNumberIsAmongTheFirstCharacters) {
  if (TestServer::is_foreign()) GTEST_SKIP() << "memcached goes over all of it";
  ask("set key 0 0 12\r\n          12\r\n");
  EXPECT_EQ(ask("incr key 1\r\n"), "13\r\n");
  ask("set key 0 0 102\r\n" + std::string(100, ' ') + "12\r\n");
  EXPECT_EQ(ask("incr key 1\r\n"), "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n");
  ask("set key 0 0 102\r\n12" + std::string(100, ' ') + "\r\n");
  EXPECT_EQ(ask("incr key 1\r\n"), "13\r\n");
}

}  // namespace
}  // namespace cache::test
