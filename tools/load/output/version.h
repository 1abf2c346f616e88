// The program's version.
#pragma once

#include <string_view>

namespace load {

inline constexpr std::string_view program_version = "0.1.0";

}  // namespace load
