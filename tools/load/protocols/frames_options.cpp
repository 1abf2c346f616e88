#include "frames_options.h"

#include <apps/cli/program.h>
#include <fmt/format.h>

#include "../settings.h"

namespace load {

eddy::Prefix FramesOptions::as_prefix() const {
  switch (prefix) {
    case 1: return eddy::Prefix::u8;
    case 2: return little_endian ? eddy::Prefix::le16 : eddy::Prefix::be16;
    case 4: return little_endian ? eddy::Prefix::le32 : eddy::Prefix::be32;
    default: return little_endian ? eddy::Prefix::le64 : eddy::Prefix::be64;
  }
}

void check(const FramesOptions& options, std::size_t size) {
  if (options.prefix != 1 && options.prefix != 2 && options.prefix != 4 && options.prefix != 8) {
    throw cli::UsageError(fmt::format("--prefix {}: expected 1, 2, 4 or 8 bytes", options.prefix));
  }
  auto most = largest_message;
  if (options.prefix < 4) most = (std::size_t{1} << (8 * options.prefix)) - 1;
  if (size > most) {
    throw cli::UsageError(fmt::format("--size {}: expected 0 to {} bytes with a length of {}", size, most,
                                      options.prefix == 1 ? "1 byte" : fmt::format("{} bytes", options.prefix)));
  }
  if (options.max && (*options.max < size || *options.max > most)) {
    throw cli::UsageError(fmt::format("--max {}: expected {} (--size) to {} bytes", *options.max, size, most));
  }
}

}  // namespace load
