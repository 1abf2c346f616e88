#include <gtest/gtest.h>
#include <protocols/frames.h>

#include <stdexcept>

#include "pieces.h"

namespace eddy::test {
namespace {

using namespace std::string_literals;
using Messages = std::vector<std::string>;

constexpr Prefix all_prefixes[] = {Prefix::u8,   Prefix::be16, Prefix::le16, Prefix::be32,
                                   Prefix::le32, Prefix::be64, Prefix::le64, Prefix::varint};

std::string encoded(Prefix prefix, std::uint64_t length) {
  return std::string(EncodedPrefix(prefix, length).bytes().text());
}

TEST(Frames, PrefixesAreWrittenInTheirByteOrder) {
  EXPECT_EQ(encoded(Prefix::u8, 200), "\xc8"s);
  EXPECT_EQ(encoded(Prefix::be16, 0x1234), "\x12\x34"s);
  EXPECT_EQ(encoded(Prefix::le16, 0x1234), "\x34\x12"s);
  EXPECT_EQ(encoded(Prefix::be32, 0x12345678), "\x12\x34\x56\x78"s);
  EXPECT_EQ(encoded(Prefix::le32, 0x12345678), "\x78\x56\x34\x12"s);
  EXPECT_EQ(encoded(Prefix::be64, 0x0102030405060708), "\x01\x02\x03\x04\x05\x06\x07\x08"s);
  EXPECT_EQ(encoded(Prefix::le64, 0x0102030405060708), "\x08\x07\x06\x05\x04\x03\x02\x01"s);
  EXPECT_EQ(encoded(Prefix::varint, 0), "\0"s);
  EXPECT_EQ(encoded(Prefix::varint, 127), "\x7f"s);
  EXPECT_EQ(encoded(Prefix::varint, 128), "\x80\x01"s);
  EXPECT_EQ(encoded(Prefix::varint, 300), "\xac\x02"s);
  EXPECT_EQ(encoded(Prefix::varint, ~std::uint64_t{0}), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s);
}

TEST(Frames, LengthThatThePrefixCannotSayIsAnError) {
  EXPECT_NO_THROW(EncodedPrefix(Prefix::u8, 255));
  EXPECT_NO_THROW(EncodedPrefix(Prefix::be32, 0xffffffff));
  EXPECT_THROW(EncodedPrefix(Prefix::be16, 65536), std::length_error);
  try {
    EncodedPrefix(Prefix::u8, 256);
    FAIL() << "256 does not fit one byte";
  } catch (const std::length_error& error) {
    EXPECT_STREQ(error.what(), "frame of 256 bytes: expected at most 255 with a prefix of 1");
  }
}

TEST(Frames, ReadBackWhatWasWrittenHoweverItIsCutUp) {
  for (const auto prefix : all_prefixes) {
    std::string text;
    Messages expected;
    for (const std::size_t length : {0U, 1U, 2U, 5U, 200U}) {
      expected.emplace_back(length, static_cast<char>('a' + length % 26));
      text += encoded(prefix, length) + expected.back();
    }
    const FrameDecoder decoder({.prefix = prefix});
    EXPECT_EQ(decode(decoder, text).messages, expected);
    EXPECT_TRUE(every_split_gives_the_same(decoder, text));
  }
}

TEST(Frames, OfExactlyTheLimitPassAndLongerOnesEndItAtTheirPrefix) {
  for (const auto prefix : all_prefixes) {
    const FrameDecoder decoder({.prefix = prefix, .limit = 100});
    EXPECT_EQ(decode(decoder, encoded(prefix, 100) + std::string(100, 'x')).messages.size(), 1U);
    EXPECT_EQ(decode(decoder, encoded(prefix, 101)).error, Errc::message_too_long);
  }
}

TEST(Frames, HugeLengthIsTooLongNotAnOverflow) {
  for (const auto prefix : {Prefix::be64, Prefix::le64, Prefix::varint}) {
    EXPECT_EQ(decode(FrameDecoder({.prefix = prefix}), encoded(prefix, ~std::uint64_t{0})).error,
              Errc::message_too_long);
    EXPECT_EQ(
        decode(FrameDecoder({.prefix = prefix, .limit = ~std::size_t{0}}), encoded(prefix, ~std::size_t{0}) + "content")
            .error,
        std::error_code())
        << "no limit: it waits for the content";
  }
}

TEST(Frames, VarintPaddedToTenBytesIsReadAndALongerOneIsMalformed) {
  const FrameDecoder decoder({.prefix = Prefix::varint});
  EXPECT_EQ(decode(decoder, "\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00x"s).messages, Messages{"x"});
  EXPECT_EQ(decode(decoder, std::string(10, '\x80')).error, Errc::malformed_message);
  EXPECT_EQ(decode(decoder, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s).error, Errc::malformed_message);
  EXPECT_EQ(decode(decoder, std::string(9, '\x80')).error, std::error_code()) << "the tenth byte is not there yet";
}

TEST(Frames, ThatArriveWholeAreNotCopied) {
  const FrameDecoder decoder({.prefix = Prefix::u8});
  const auto in =
      "\x03"
      "abc"s;
  EXPECT_EQ(decoder.next(in).content.data(), Bytes(in).data() + 1);
}

}  // namespace
}  // namespace eddy::test
