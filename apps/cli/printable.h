// Text that a stranger may have written, for a terminal or a log.
#pragma once

#include <string>
#include <string_view>

namespace cli {

// Bytes that are no printable ASCII become \xNN: among them are orders to terminals, also those of 8 bits and in UTF-8
// (ECMA-48, C0 and C1), and ends of lines.
std::string printable(std::string_view text);

}  // namespace cli
