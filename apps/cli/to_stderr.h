// What the programs write to stderr, which may be full, closed or gone: that is nobody's reason to stop serving.
#pragma once

#include <string_view>

namespace cli {

// At once and in one piece. What cannot be written is dropped.
void to_stderr(std::string_view text);

}  // namespace cli
