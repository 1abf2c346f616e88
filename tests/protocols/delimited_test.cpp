#include <gtest/gtest.h>
#include <protocols/delimited.h>

#include <stdexcept>

#include "pieces.h"

namespace eddy::test {
namespace {

using namespace std::string_literals;
using Messages = std::vector<std::string>;

DelimitedDecoder by(std::string_view delimiter, DelimitedOptions options = {}) {
  return DelimitedDecoder(Delimiter(delimiter), options);
}

TEST(Delimited, EndAtTheDelimiter) {
  EXPECT_EQ(decode(by("\r\n\r\n"), "a\r\nb\r\n\r\n\r\n\r\nc").messages, (Messages{"a\r\nb", ""}));
  EXPECT_EQ(decode(by("\0"s), "a\0\0b\0"s).messages, (Messages{"a", "", "b"}));
}

TEST(Delimited, FindADelimiterThatOverlapsItself) {
  EXPECT_EQ(decode(by("aab"),
                   "aaab"
                   "aab"
                   "aaaaab")
                .messages,
            (Messages{"a", "", "aaa"}));
  EXPECT_EQ(decode(by("abab"), "abaababab").messages, (Messages{"aba"})) << "the first place where it stands whole";
}

TEST(Delimited, AreTheSameHoweverTheInputIsCutUp) {
  for (const auto policy : {TooLong::close, TooLong::skip}) {
    EXPECT_TRUE(every_split_gives_the_same(by("aab", {.limit = 3, .too_long = policy}), "aabaaabaaaabaaaaaaabxaab"));
    EXPECT_TRUE(
        every_split_gives_the_same(by("\r\n", {.limit = 3, .too_long = policy}), "123\r\n\r\n1234\r\n12\r\r\n"));
  }
}

TEST(Delimited, EmptyDelimiterIsAnError) { EXPECT_THROW(Delimiter(""), std::invalid_argument); }

TEST(Delimited, OfExactlyTheLimitPassAndLongerOnesClose) {
  EXPECT_EQ(decode(by("END", {.limit = 5}), "12345ENDEN").messages, Messages{"12345"});
  EXPECT_EQ(decode(by("END", {.limit = 5}), "123456END").error, Errc::message_too_long);
  EXPECT_EQ(decode(by("END", {.limit = 5}), "12345EN").error, std::error_code()) << "may be the delimiter's beginning";
  EXPECT_EQ(decode(by("END", {.limit = 5}), "12345ENx").error, Errc::message_too_long);
}

TEST(Delimited, OverTheLimitCanBeSkipped) {
  const auto decoder = by("--", {.limit = 3, .too_long = TooLong::skip});
  const auto text = "abc--" + std::string(50'000, '-').substr(1) + "x" + std::string(5'000, 'y') + "--ok--";
  const auto decoded = decode(decoder, text);
  EXPECT_EQ(decoded.messages.back(), "ok");
  EXPECT_EQ(decode_bytewise(decoder, text), decoded);
}

// A search that started over for each piece would look at a terabyte here.
TEST(Delimited, PathologicalDelimiterByteByByteIsLinear) {
  const std::string as(1'000, 'a');
  auto decoder = by(as + "b", {.limit = 2'000'000});
  const auto text = std::string(1'000'000, 'a') + "b";
  for (std::size_t size = 1; size < text.size(); ++size) {
    ASSERT_EQ(decoder.next(Bytes(text).first(size)).what, Found::What::nothing);
  }
  const auto found = decoder.next(text);
  ASSERT_EQ(found.what, Found::What::message);
  EXPECT_EQ(found.content.size(), 999'000U);
}

TEST(Delimited, SearchLooksAtEachByteAboutOnce) {
  const Delimiter delimiter("aaaaaaab");
  // All steps of the automaton together: each goes one forward, and can only go back as far as it went forward.
  std::size_t matched = 0;
  for (int i = 0; i < 100; ++i) {
    matched = delimiter.advance(matched, std::byte{'a'});
    EXPECT_EQ(matched, static_cast<std::size_t>(i < 7 ? i + 1 : 7));
  }
  EXPECT_EQ(delimiter.advance(matched, std::byte{'b'}), 8U);
}

TEST(Delimited, ThatArriveWholeAreNotCopied) {
  auto decoder = by("|");
  const std::string in = "abc|";
  EXPECT_EQ(decoder.next(in).content.data(), Bytes(in).data());
}

}  // namespace
}  // namespace eddy::test
