#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stdexcept>

#include "apps/chat/pbkdf2.h"

namespace chat {

bool pbkdf2_available() { return true; }

std::string pbkdf2_sha256(std::string_view password, std::string_view salt, std::uint32_t iterations,
                          std::size_t size) {
  std::string hash(size, '\0');
  if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                        reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()),
                        static_cast<int>(iterations), EVP_sha256(), static_cast<int>(size),
                        reinterpret_cast<unsigned char*>(hash.data())) != 1) {
    throw std::runtime_error("OpenSSL has no PBKDF2 with SHA-256");
  }
  return hash;
}

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) != 1) {
    throw std::runtime_error("OpenSSL has no randomness");
  }
  return bytes;
}

}  // namespace chat
