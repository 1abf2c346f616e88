#include "message_text.h"

#include <charconv>

namespace load::chat {
namespace {

constexpr std::size_t number_digits = 12;
constexpr std::size_t time_digits = 16;
constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/";
static_assert(MessageText::header_size == number_digits + 1 + time_digits + 1);

constexpr std::size_t time_at = number_digits + 1;

void write_hexadecimal(std::uint64_t value, std::size_t digits, char* to) {
  for (auto i = digits; i > 0; --i, value >>= 4) to[i - 1] = "0123456789abcdef"[value & 0xf];
}

std::optional<std::uint64_t> read_hexadecimal(std::string_view digits) {
  std::uint64_t value = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, 16);
  if (error != std::errc() || stop != end) return {};
  return value;
}

}  // namespace

MessageText::MessageText(std::uint64_t seed, std::size_t size) : pattern_(seed, 0), text_(size, ' ') {}

std::string_view MessageText::write(std::uint64_t number, eddy::TimePoint due) {
  write_hexadecimal(number, number_digits, text_.data());
  write_hexadecimal(static_cast<std::uint64_t>(due.time_since_epoch().count()), time_digits, text_.data() + time_at);
  const auto filler = text_.size() - header_size;
  const auto words = (filler + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < filler; ++i, word >>= 8) {
    if (i % sizeof word == 0) word = pattern_.word(number * words + i / sizeof word);
    text_[header_size + i] = alphabet[static_cast<std::size_t>(word % alphabet.size())];
  }
  return text_;
}

std::optional<std::uint64_t> MessageText::number_of(std::string_view text) {
  if (text.size() != text_.size()) return {};
  const auto number = read_hexadecimal(text.substr(0, number_digits));
  const auto due = read_hexadecimal(text.substr(time_at, time_digits));
  if (!number || !due) return {};
  const eddy::TimePoint time{eddy::Duration(static_cast<eddy::Duration::rep>(*due))};
  if (write(*number, time) != text) return {};
  return number;
}

}  // namespace load::chat
