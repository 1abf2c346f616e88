// What passwords need of OpenSSL. The build takes pbkdf2_openssl.cpp or, without it, pbkdf2_none.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

bool pbkdf2_available();

// Both throw std::runtime_error where that is false, or OpenSSL fails.
std::string pbkdf2_sha256(std::string_view password, std::string_view salt, std::uint32_t iterations, std::size_t size);
std::string random_bytes(std::size_t size);

}  // namespace chat
