#include <gtest/gtest.h>
#include <protocols/memcache.h>

#include <string>

#include "memcache_text.h"
#include "pieces.h"

namespace eddy::test {
namespace {

using memcache::Command;
using memcache::Verb;
using Messages = std::vector<std::string>;

Messages commands(std::string_view text, MemcacheOptions options = {}) {
  return decode(MemcacheTextDecoder(options), text).messages;
}

// The fields of the one command that is in `text`, which has to outlive them.
Command only(const std::string& text) {
  MemcacheDecoder decoder;
  Command command;
  const auto found = decoder.next(text, command);
  EXPECT_EQ(found.what, Found::What::message) << text;
  EXPECT_EQ(found.size, text.size()) << text;
  return command;
}

const std::string long_key(251, 'k');
const std::string bad_format = "error CLIENT_ERROR bad command line format";

TEST(Memcache, StorageCommandsComeWithTheirBlocks) {
  EXPECT_EQ(
      commands("set a 5 60 3\r\nxyz\r\nadd b 0 -1 0\r\n\r\nreplace c 1 2 1 noreply\r\nx\r\n"
               "append d 0 0 1\r\n1\r\nprepend e 0 0 1\r\n2\r\ncas f 4294967295 0 1 18446744073709551615\r\n3\r\n"),
      (Messages{"set a flags 5 exptime 60 [xyz]", "add b flags 0 exptime -1 []",
                "replace c flags 1 exptime 2 [x] noreply", "append d flags 0 exptime 0 [1]",
                "prepend e flags 0 exptime 0 [2]",
                "cas f number 18446744073709551615 flags 4294967295 exptime 0 [3]"}));
}

TEST(Memcache, BlocksMayHoldAnything) {
  const std::string block("\r\nget a\r\n\0\n", 11);
  EXPECT_EQ(commands("set a 0 0 11\r\n" + block + "\r\nmn\r\n"),
            (Messages{"set a flags 0 exptime 0 [" + block + "]", "mn"}));
}

TEST(Memcache, RetrievalsComeKeyByKey) {
  EXPECT_EQ(commands("get a\r\ngets a b\r\ngat 60 a  b \r\ngats -1 c\r\n"),
            (Messages{"get a last", "gets a", "gets b last", "gat a exptime 60", "gat b exptime 60",
                      "gat  last exptime 60", "gats c last exptime -1"}));
}

TEST(Memcache, OtherCommandsAreRead) {
  EXPECT_EQ(commands("delete a\r\ndelete a 0 noreply\r\nincr a 7\r\ndecr a 1 noreply\r\ntouch a 30\r\nflush_all\r\n"
                     "flush_all 10 noreply\r\nverbosity 1\r\nversion\r\nstats\r\nstats items\r\nshutdown\r\nquit\r\n"),
            (Messages{"delete a", "delete a noreply", "incr a number 7", "decr a number 1 noreply",
                      "touch a exptime 30", "flush_all exptime 0", "flush_all exptime 10 noreply", "verbosity number 1",
                      "version", "stats ()", "stats ( items)", "shutdown", "quit"}));
}

TEST(Memcache, MetaFlagsAreRead) {
  const std::string line = "mg a v q u N30 R10 T-1 k Oxyz\r\n";
  const auto get = only(line);
  EXPECT_EQ(get.verb, Verb::meta_get);
  EXPECT_EQ(get.arguments, "v q u N30 R10 T-1 k Oxyz");
  EXPECT_TRUE(get.meta.value && get.noreply && get.meta.no_bump && get.meta.vivify && get.meta.has_exptime);
  EXPECT_EQ(get.meta.vivify_exptime, 30);
  EXPECT_EQ(get.meta.recache, 10);
  EXPECT_EQ(get.exptime, -1);
  const auto set = only("ms YWJj 1 b I C12 F7 MA\r\nx\r\n");
  EXPECT_TRUE(set.meta.base64_key && set.meta.invalidate && set.meta.has_cas);
  EXPECT_EQ(set.number, 12U);
  EXPECT_EQ(set.flags, 7U);
  EXPECT_EQ(set.meta.mode, 'A');
  const auto sum = only("ma n J5 D18446744073709551615 M-\r\n");
  EXPECT_EQ(sum.meta.initial, 5U);
  EXPECT_EQ(sum.meta.delta, 18446744073709551615U);
  EXPECT_EQ(sum.meta.mode, '-');
  EXPECT_EQ(only("ma n\r\n").meta.delta, 1U) << "when it is not given";
  EXPECT_TRUE(only("me YQ== b\r\n").meta.base64_key);
  EXPECT_EQ(only("md a q\r\n").verb, Verb::meta_delete);
}

TEST(Memcache, LinesMayEndWithLfAlone) {
  EXPECT_EQ(commands("get a\nset a 0 0 1\nx\r\n"), (Messages{"get a last", "set a flags 0 exptime 0 [x]"}));
}

TEST(Memcache, WhatCannotBeReadIsAnsweredWithAnError) {
  const auto error_of = [](std::string_view line) {
    const auto found = commands(std::string(line) + "\r\n");
    return found.size() == 1 ? found.front() : "not one but " + std::to_string(found.size());
  };
  for (const auto* line : {"",
                           " ",
                           "x",
                           "GET a",
                           "get",
                           "gets",
                           "gat",
                           "set a 0 0",
                           "set a 0 0 1 2 3",
                           "cas a 0 0 1",
                           "delete",
                           "delete a b c d",
                           "incr a",
                           "incr a 1 2 3",
                           "touch a",
                           "flush_all 1 2 3",
                           "verbosity",
                           "mg",
                           "ms",
                           "md",
                           "ma",
                           "mx a",
                           "lru_crawler enable"}) {
    EXPECT_EQ(error_of(line), "error ERROR") << line;
  }
  for (const auto* line : {"set a x 0 1", "set a 0 x 1", "set a 0 0 x", "set a 0 0 -1", "set a -1 0 1",
                           "set a 4294967296 0 1", "cas a 0 0 1 x", "verbosity x", "me", "ms a", "ms a x", "ms a -1"}) {
    EXPECT_EQ(error_of(line), bad_format) << line;
  }
  for (const auto* begin : {"get ", "get a ", "gat 0 ", "delete ", "mg ", "md ", "ma ", "me ", "ms "}) {
    EXPECT_EQ(error_of(begin + long_key), bad_format) << begin;
  }
  EXPECT_EQ(error_of("set " + long_key + " 0 0 1"), bad_format);
  EXPECT_EQ(error_of("incr " + long_key + " 1"), bad_format);
  EXPECT_EQ(error_of("gat x a"), "error CLIENT_ERROR invalid exptime argument");
  EXPECT_EQ(error_of("touch a x"), "error CLIENT_ERROR invalid exptime argument");
  EXPECT_EQ(error_of("flush_all x"), "error CLIENT_ERROR invalid exptime argument");
  EXPECT_EQ(error_of("incr a -1"), "error CLIENT_ERROR invalid numeric delta argument");
  EXPECT_EQ(error_of("delete a 1"), bad_format + ".  Usage: delete <key> [noreply]");
  EXPECT_EQ(error_of("mg a v v"), "error CLIENT_ERROR duplicate flag");
  EXPECT_EQ(error_of("mg a y"), "error CLIENT_ERROR invalid flag");
  EXPECT_EQ(error_of("mg a Tx"), "error CLIENT_ERROR bad token in command line format");
  EXPECT_EQ(error_of("mg a b"), "error CLIENT_ERROR error decoding key");
  EXPECT_EQ(error_of("mg a O" + std::string(32, 'x')), "error CLIENT_ERROR opaque token too long");
  EXPECT_EQ(error_of("md a y"), "error CLIENT_ERROR invalid or duplicate flag");
  EXPECT_EQ(error_of("ma a MX"), "error CLIENT_ERROR invalid mode for ma M token");
  EXPECT_EQ(error_of("mg a 1 2 3 4 5 6 7 8 9 0 a b c d e f g h"), "error CLIENT_ERROR options flags are too long");
}

// They come all the same: who counts requests has to count these.
TEST(Memcache, ErrorsAreSparedWithNoreplyWhereMemcachedDoes) {
  EXPECT_EQ(commands("set a x 0 1 noreply\r\nincr a x noreply\r\nset a 0 0 1 noreply\r\nxyz\r\nmn\r\n"),
            (Messages{"error CLIENT_ERROR bad command line format noreply",
                      "error CLIENT_ERROR invalid numeric delta argument noreply",
                      "error CLIENT_ERROR bad data chunk noreply", "error ERROR", "mn"}))
      << "what stands in the way of the block's end is read as a line";
  EXPECT_EQ(commands("ms a 1 q\r\nxyz\r\n"), (Messages{"error CLIENT_ERROR bad data chunk", "error ERROR"}))
      << "meta commands are told of errors always";
}

TEST(Memcache, ABlockWithoutItsEndIsSkippedByItsLength) {
  EXPECT_EQ(commands("set a 0 0 3\r\nabcde\r\nmn\r\n"),
            (Messages{"error CLIENT_ERROR bad data chunk", "error ERROR", "mn"}));
}

TEST(Memcache, ABlockOverTheLimitIsSkippedAndItsCommandComesAtOnce) {
  const MemcacheOptions options{.value_limit = 4};
  EXPECT_EQ(commands("set a 0 0 4\r\n1234\r\nset b 0 0 5\r\n", options),
            (Messages{"set a flags 0 exptime 0 [1234]", "set b flags 0 exptime 0 too large"}));
  EXPECT_EQ(commands("ms b 5 q\r\n12345\r\nmn\r\n", options),
            (Messages{"ms b (q) flags 0 exptime 0 too large noreply", "mn"}));
  Feeder feeder(MemcacheTextDecoder{options});
  feeder.feed("set a 0 0 2147483645\r\n");
  for (int i = 0; i < 1000; ++i) {
    feeder.feed(std::string(1000, 'x'));
    ASSERT_EQ(feeder.result().left, 0U) << "what is skipped holds no memory";
  }
}

TEST(Memcache, AMetaSetWithBadFlagsSkipsItsBlock) {
  EXPECT_EQ(commands("ms a 2 y\r\nxx\r\nms a 2 MX\r\nyy\r\nmn\r\n"),
            (Messages{"error CLIENT_ERROR invalid flag", "error CLIENT_ERROR invalid mode for ms M token", "mn"}));
}

TEST(Memcache, ALineWithoutAnEndCloses) {
  EXPECT_EQ(decode(MemcacheTextDecoder(), std::string(2048, 'x')).error, std::error_code());
  EXPECT_EQ(decode(MemcacheTextDecoder(), std::string(2049, 'x')).error, Errc::message_too_long);
  EXPECT_EQ(decode(MemcacheTextDecoder(), "set " + std::string(3000, ' ') + "a 0 0 1\r\nx\r\n").error,
            Errc::message_too_long);
}

TEST(Memcache, ARetrievalOfAnyLengthPassesInBoundedMemory) {
  Feeder feeder(MemcacheTextDecoder{});
  feeder.feed("get");
  for (int i = 0; i < 20'000; ++i) {
    feeder.feed(" key" + std::to_string(i));
    ASSERT_LE(feeder.result().left, 2049U);
  }
  feeder.feed("\r\nmn\r\n");
  const auto& found = feeder.result().messages;
  ASSERT_EQ(found.size(), 20'001U);
  EXPECT_EQ(found[0], "get key0");
  EXPECT_EQ(found[19'999], "get key19999 last");
}

TEST(Memcache, ATooLongKeyInALongRetrievalEndsIt) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += " k" + std::to_string(i);
  const auto found = commands("get" + many + " " + long_key + " after\r\nmn\r\n");
  ASSERT_EQ(found.size(), 1002U);
  EXPECT_EQ(found[1000], bad_format);
  EXPECT_EQ(found[1001], "mn");
}

// What lies behind the limit is not looked at yet when the words before it are.
TEST(Memcache, AWordThatTheLimitOfALineCutsIsNotTakenForAWholeOne) {
  const std::string gap(2043, ' ');
  EXPECT_EQ(commands("gat" + gap + "1234567 t\r\nmn\r\n"),
            (Messages{"error CLIENT_ERROR invalid exptime argument", "mn"}));
  EXPECT_EQ(commands("gat" + gap.substr(3) + "1234 t\r\nmn\r\n"), (Messages{"gat t last exptime 1234", "mn"}));
  EXPECT_EQ(commands("gat" + gap.substr(100) + "12 t\r\n"), (Messages{"gat t last exptime 12"}));
  EXPECT_EQ(decode(MemcacheTextDecoder(), std::string(2045, ' ') + "gets t\r\n").error, Errc::message_too_long);
}

TEST(Memcache, ARetrievalOfNothingIsAnErrorHoweverLong) {
  for (const std::size_t spaces : {1U, 100U, 3000U, 100'000U}) {
    EXPECT_EQ(commands("get" + std::string(spaces, ' ') + "\r\nmn\r\n"), (Messages{"error ERROR", "mn"})) << spaces;
    EXPECT_EQ(commands("get" + std::string(spaces, ' ') + "a \r\nmn\r\n"), (Messages{"get a", "get  last", "mn"}))
        << spaces;
  }
}

TEST(Memcache, HttpCloses) {
  EXPECT_EQ(decode(MemcacheTextDecoder(), "POST / HTTP/1.1\r\nHost: x\r\n").error, Errc::malformed_message);
}

TEST(Memcache, CommandsAreTheSameHoweverTheInputIsCutUp) {
  const MemcacheOptions options{.value_limit = 6};
  EXPECT_TRUE(every_split_gives_the_same(
      MemcacheTextDecoder(options),
      "set a 0 0 4\r\n\r\n\r\n\r\nget a  bc \r\ngat 1 a\nset b 0 0 7\r\n1234567\r\nset a 0 0 1\r\nxx\r\nmn\r\n"));
  EXPECT_TRUE(every_split_gives_the_same(
      MemcacheTextDecoder(options),
      "ms k 2 y\r\nxx\r\nms a 3 q\r\nabc\r\nmg a v\r\nincr a 1 noreply\r\n\r\nget \r\ndelete a"));
}

// A decoder that started over for each piece would look at gigabytes here.
TEST(Memcache, LongInputByteByByteIsLinear) {
  const auto value = std::string(1'000'000, 'v');
  const auto text = "set a 0 0 1000000\r\n" + value + "\r\n";
  MemcacheDecoder decoder;
  Command command;
  for (std::size_t size = 1; size < text.size(); ++size) {
    ASSERT_EQ(decoder.next(Bytes(text).first(size), command).what, Found::What::nothing);
  }
  EXPECT_EQ(decoder.next(text, command).what, Found::What::message);
  EXPECT_EQ(command.value().text(), value);
}

TEST(Memcache, WhatArrivedWholeIsNotCopied) {
  const std::string text = "set abc 0 0 3\r\nxyz\r\n";
  const auto command = only(text);
  EXPECT_EQ(command.key.data(), text.data() + 4);
  EXPECT_EQ(command.block.data(), Bytes(text).data() + 15);
  EXPECT_EQ(command.block.size(), 5U) << "with its CRLF";
}

TEST(Memcache, Base64IsReadAndWritten) {
  memcache::KeyBuffer buffer;
  memcache::EncodedKey encoded;
  for (const auto* pair : {"YWJj", "YWI=", "YQ==", "AP+A"}) {
    ASSERT_TRUE(memcache::is_base64(pair));
    EXPECT_EQ(memcache::encode_base64(memcache::decode_base64(pair, buffer), encoded), pair);
  }
  EXPECT_EQ(memcache::decode_base64("YWJj", buffer), "abc");
  for (const auto* bad : {"", "YQ", "YQ=", "Y===", "YQ=a", "Y!Jj", "YW\nj", "===="}) {
    EXPECT_FALSE(memcache::is_base64(bad)) << bad;
  }
}

}  // namespace
}  // namespace eddy::test
