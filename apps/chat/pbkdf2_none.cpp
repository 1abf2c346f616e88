#include <stdexcept>

#include "apps/chat/pbkdf2.h"

namespace chat {
namespace {

[[noreturn]] void unavailable() { throw std::runtime_error("passwords: this eddy-chat was built without OpenSSL"); }

}  // namespace

bool pbkdf2_available() { return false; }

std::string pbkdf2_sha256(std::string_view /*password*/, std::string_view /*salt*/, std::uint32_t /*iterations*/,
                          std::size_t /*size*/) {
  unavailable();
}

std::string random_bytes(std::size_t /*size*/) { unavailable(); }

}  // namespace chat
