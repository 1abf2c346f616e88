#include <gtest/gtest.h>
#include <protocols/lines.h>

#include "pieces.h"

namespace eddy::test {
namespace {

using Messages = std::vector<std::string>;

TEST(Lines, EndWithLfOrCrlf) {
  EXPECT_EQ(decode(LineDecoder(), "one\ntwo\r\n\n\r\nthree").messages, (Messages{"one", "two", "", ""}));
}

TEST(Lines, KeepACrThatIsNotBeforeLf) {
  EXPECT_EQ(decode(LineDecoder(), "a\rb\n\r\r\n").messages, (Messages{"a\rb", "\r"}));
}

TEST(Lines, AreTheSameHoweverTheInputIsCutUp) {
  EXPECT_TRUE(every_split_gives_the_same(LineDecoder(), "one\r\ntwo\n\r\n\rthree\r\r\nfour"));
  for (const auto policy : {TooLong::close, TooLong::skip}) {
    const LineDecoder decoder({.limit = 4, .too_long = policy});
    EXPECT_TRUE(every_split_gives_the_same(decoder, "1234\r\n12345\r\n1\r\n1234567890\n1234\n"));
    EXPECT_TRUE(every_split_gives_the_same(decoder, "1234\r\r\n12\n1234\rx\n"));
  }
}

TEST(Lines, WithoutAnEndAreNotDelivered) {
  const auto decoded = decode(LineDecoder(), "done\nrm -rf /tm");
  EXPECT_EQ(decoded.messages, Messages{"done"});
  EXPECT_EQ(decoded.left, 10U);
}

TEST(Lines, OfExactlyTheLimitPass) {
  const LineDecoder decoder({.limit = 5});
  EXPECT_EQ(decode(decoder, "12345\n12345\r\n").messages, (Messages{"12345", "12345"}));
  EXPECT_EQ(decode_bytewise(decoder, "12345\r\n").messages, Messages{"12345"});
}

TEST(Lines, OverTheLimitCloseByDefault) {
  const LineDecoder decoder({.limit = 5});
  EXPECT_EQ(decode(decoder, "123456\n").error, Errc::message_too_long);
  EXPECT_EQ(decode(decoder, "123456").error, Errc::message_too_long) << "before the end is there";
  EXPECT_EQ(decode(decoder, "12345\r").error, std::error_code()) << "the CR may belong to the end";
  EXPECT_EQ(decode(decoder, "12345\rx").error, Errc::message_too_long);
}

TEST(Lines, OverTheLimitCanBeSkipped) {
  const LineDecoder decoder({.limit = 5, .too_long = TooLong::skip});
  const auto text = "ok\n" + std::string(100'000, 'x') + "\nfine\n123456\nend\n";
  const Messages expected{"ok", too_long_mark, "fine", too_long_mark, "end"};
  EXPECT_EQ(decode(decoder, text).messages, expected);
  EXPECT_EQ(decode_bytewise(decoder, text).messages, expected);
}

// A search that started over for each piece would look at a terabyte here.
TEST(Lines, LongLineByteByByteIsLinear) {
  LineDecoder decoder({.limit = 2'000'000});
  const auto text = std::string(1'500'000, 'x') + "\n";
  for (std::size_t size = 1; size < text.size(); ++size) {
    ASSERT_EQ(decoder.next(Bytes(text).first(size)).what, Found::What::nothing);
  }
  EXPECT_EQ(decoder.next(text).content.size(), 1'500'000U);
}

TEST(Lines, BeingSkippedHoldNoMemory) {
  Feeder feeder(LineDecoder({.limit = 5, .too_long = TooLong::skip}));
  for (int i = 0; i < 1000; ++i) {
    feeder.feed("0123456789");
    ASSERT_LE(feeder.result().left, 6U);
  }
}

TEST(Lines, ThatArriveWholeAreNotCopied) {
  LineDecoder decoder;
  const std::string in = "first\nsecond\n";
  const auto first = decoder.next(in);
  EXPECT_EQ(first.content.data(), Bytes(in).data());
  const auto second = decoder.next(Bytes(in).without_first(first.size));
  EXPECT_EQ(second.content.data(), Bytes(in).data() + 6);
}

}  // namespace
}  // namespace eddy::test
