// Passwords are kept as PBKDF2-HMAC-SHA256 (RFC 8018): "pbkdf2-sha256$ITERATIONS$SALT$HASH", salt and hash in
// hexadecimal. Hashing is slow on purpose, tens of milliseconds with the usual count: not for a loop's thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

struct PasswordHash {
  static constexpr std::uint32_t usual_iterations = 200'000;
  static constexpr std::uint32_t most_iterations = 10'000'000;

  std::uint32_t iterations = 0;
  std::string salt;  // bytes
  std::string hash;  // bytes

  // Throws std::invalid_argument that says what was expected; always where this program was built without OpenSSL.
  static PasswordHash parse(std::string_view text);

  bool empty() const { return hash.empty(); }
  std::string to_string() const;
};

// With a salt of its own. Throws std::runtime_error where there is no OpenSSL, or no randomness.
PasswordHash hash_password(std::string_view password, std::uint32_t iterations = PasswordHash::usual_iterations);

// Takes the same time for every password of the same length.
bool verify_password(std::string_view password, const PasswordHash& expected);

}  // namespace chat
