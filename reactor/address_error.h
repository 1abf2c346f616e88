// Errors about address texts: one line that gives the input, the position and what was expected there.
#pragma once

#include <string>
#include <string_view>

namespace eddy {

// In quotation marks; what cannot be printed is shown as \xNN.
std::string quoted_address(std::string_view text);

// Throws std::system_error (Errc::bad_address). `at` is the part of `text` that is wrong; a null view means its end.
[[noreturn]] void refuse_address(std::string_view text, std::string_view at, const std::string& expected);

// Refuses a text with a NUL: the system's functions would take what is before it for the whole.
void refuse_nul(std::string_view text);

}  // namespace eddy
