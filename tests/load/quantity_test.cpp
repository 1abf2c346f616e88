// Quantities of the programs' command lines: what is too large for the machine is refused, and not cut off.
#include <apps/cli/decimal.h>
#include <apps/cli/quantity.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <string>

namespace cli {
namespace {

constexpr auto most = std::numeric_limits<std::size_t>::max();

template <class Read>
std::string complaint(Read read) {
  try {
    read();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

TEST(Quantity, CountThatASizeCannotHoldIsRefusedWithTheRange) {
  EXPECT_EQ(parse_count(std::to_string(most)), most);
  const auto range = "expected a whole number from 1 to " + std::to_string(most);
  EXPECT_EQ(complaint([] { parse_count("99999999999999999999"); }), range);
  if (sizeof(std::size_t) == 4) {
    EXPECT_EQ(complaint([] { parse_count("4294967296"); }), range);
  }
  EXPECT_EQ(complaint([] { parse_whole("11", 1, 10); }), "expected a whole number from 1 to 10");
  for (const auto* text : {"", "0", "-1", "1x", "99999999999999999999x"}) {
    EXPECT_EQ(complaint([&] { parse_count(text); }), "expected a whole number from 1 up") << text;
  }
}

TEST(Quantity, SizeThatASizeCannotHoldIsRefusedWithTheRange) {
  EXPECT_EQ(parse_size("1.5M"), 1'572'864U);
  EXPECT_NE(complaint([] { parse_size("9000000G"); }).find("expected a size of at most "), std::string::npos);
  if (sizeof(std::size_t) == 4) {
    EXPECT_EQ(complaint([] { parse_size("4G"); }), "expected a size of at most 4294967295 bytes");
  }
  EXPECT_EQ(complaint([] { parse_size("-1"); }), "expected a size in bytes such as 64, 64k or 1M");
}

TEST(Decimal, IsReadInFullOrNotAtAll) {
  EXPECT_EQ(parse_decimal("12"), 12);
  EXPECT_EQ(parse_decimal("0.25"), 0.25);
  EXPECT_EQ(parse_decimal(".5"), 0.5);
  EXPECT_EQ(parse_decimal("5."), 5);
  EXPECT_EQ(parse_decimal("1e3", Exponent::allowed), 1000);
  EXPECT_EQ(parse_decimal("2.5E-1", Exponent::allowed), 0.25);
  for (const auto* text : {"", ".", "-1", "+1", " 1", "1 ", "0x10", "inf", "nan", "1e3", "1,5", "1..2"}) {
    EXPECT_FALSE(parse_decimal(text)) << text;
  }
  for (const auto* text : {"e3", "1e", "1e+", "1e999"}) EXPECT_FALSE(parse_decimal(text, Exponent::allowed)) << text;
}

TEST(Decimal, AtTheFrontIsAsLongAsItsDigits) {
  EXPECT_EQ(decimal_at_front("250us").length, 3U);
  EXPECT_EQ(decimal_at_front("1.5h").value, 1.5);
  EXPECT_EQ(decimal_at_front("ms").length, 0U);
}

}  // namespace
}  // namespace cli
