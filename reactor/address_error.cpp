#include "reactor/address_error.h"

#include <cstddef>
#include <system_error>

#include "reactor/error.h"

namespace eddy {

std::string quoted_address(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result = "\"";
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    if (byte >= 0x20 && byte != 0x7f) {
      result += each;
    } else {
      result.append("\\x").append(1, digits[byte / 16]).append(1, digits[byte % 16]);
    }
  }
  return result += '"';
}

void refuse_address(std::string_view text, std::string_view at, const std::string& expected) {
  const auto position = at.data() == nullptr ? text.size() : static_cast<std::size_t>(at.data() - text.data());
  throw std::system_error(Errc::bad_address, quoted_address(text) + ", position " + std::to_string(position + 1) +
                                                 ": expected " + expected);
}

void refuse_nul(std::string_view text) {
  const auto nul = text.find('\0');
  if (nul != std::string_view::npos) refuse_address(text, text.substr(nul), "no NUL");
}

}  // namespace eddy
