#include "apps/chat/password.h"

#include <charconv>
#include <stdexcept>

#include "apps/chat/pbkdf2.h"

namespace chat {
namespace {

constexpr std::string_view scheme = "pbkdf2-sha256$";
constexpr std::size_t salt_size = 16;
constexpr std::size_t hash_size = 32;

[[noreturn]] void malformed() {
  throw std::invalid_argument("expected pbkdf2-sha256$ITERATIONS$SALT$HASH, as eddy-chat --hash-password prints it");
}

std::string_view take_field(std::string_view& rest) {
  const auto field = rest.substr(0, rest.find('$'));
  rest.remove_prefix(field.size() < rest.size() ? field.size() + 1 : field.size());
  return field;
}

std::string to_hex(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    (text += digits[byte >> 4]) += digits[byte & 0xf];
  }
  return text;
}

std::string from_hex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned byte = 0;
    const auto* end = text.data() + i + 2;
    const auto [stop, error] = std::from_chars(text.data() + i, end, byte, 16);
    if (error != std::errc() || stop != end) malformed();
    bytes += static_cast<char>(byte);
  }
  if (bytes.empty() || text.size() % 2 != 0) malformed();
  return bytes;
}

}  // namespace

PasswordHash PasswordHash::parse(std::string_view text) {
  if (!pbkdf2_available())
    throw std::invalid_argument("expected no password: this eddy-chat was built without OpenSSL");
  if (!text.starts_with(scheme)) malformed();
  text.remove_prefix(scheme.size());
  PasswordHash result;
  const auto number = take_field(text);
  const auto* end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(number.data(), end, result.iterations);
  if (error != std::errc() || stop != end) malformed();
  if (result.iterations < 1 || result.iterations > most_iterations) {
    throw std::invalid_argument("expected from 1 to " + std::to_string(most_iterations) + " iterations");
  }
  result.salt = from_hex(take_field(text));
  result.hash = from_hex(text);
  if (result.hash.size() != hash_size) malformed();
  return result;
}

std::string PasswordHash::to_string() const {
  return std::string(scheme) + std::to_string(iterations) + "$" + to_hex(salt) + "$" + to_hex(hash);
}

PasswordHash hash_password(std::string_view password, std::uint32_t iterations) {
  PasswordHash result{.iterations = iterations, .salt = random_bytes(salt_size), .hash = {}};
  result.hash = pbkdf2_sha256(password, result.salt, iterations, hash_size);
  return result;
}

bool verify_password(std::string_view password, const PasswordHash& expected) {
  const auto hash = pbkdf2_sha256(password, expected.salt, expected.iterations, expected.hash.size());
  unsigned difference = 0;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    difference |= static_cast<unsigned char>(hash[i]) ^ static_cast<unsigned char>(expected.hash[i]);
  }
  return difference == 0;
}

}  // namespace chat
