#include <algorithm>
#include <array>

#include "protocols/memcache.h"

namespace eddy {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto digit_of = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(64);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return digits;
}();

std::uint32_t digit(char letter) { return digit_of[static_cast<unsigned char>(letter)]; }

std::size_t padding(std::string_view text) { return text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0; }

}  // namespace

bool memcache::is_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  const auto digits = text.substr(0, text.size() - padding(text));
  return std::all_of(digits.begin(), digits.end(), [](char letter) { return digit(letter) < 64; });
}

std::string_view memcache::decode_base64(std::string_view text, KeyBuffer& out) {
  std::size_t size = 0;
  for (std::size_t i = 0; i + 4 <= text.size(); i += 4) {
    std::uint32_t bits = 0;
    for (std::size_t j = i; j < i + 4; ++j) bits = bits << 6 | (digit(text[j]) & 63);
    for (const int shift : {16, 8, 0}) out[size++] = static_cast<char>(bits >> shift & 0xff);
  }
  return {out, size - padding(text)};
}

std::string_view memcache::encode_base64(std::string_view key, EncodedKey& out) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < key.size(); i += 3) {
    const auto here = std::min<std::size_t>(key.size() - i, 3);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) bits = bits << 8 | (j < here ? static_cast<unsigned char>(key[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) out[size++] = j <= here ? alphabet[bits >> (18 - 6 * j) & 63] : '=';
  }
  return {out, size};
}

}  // namespace eddy
