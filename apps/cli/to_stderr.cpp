#include "apps/cli/to_stderr.h"

#include <cstdio>

namespace cli {

void to_stderr(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace cli
