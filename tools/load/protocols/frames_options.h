// What `eddy-load frames` sends. Settings::size is the content of a frame.
#pragma once

#include <protocols/frames.h>

#include <cstddef>
#include <optional>

namespace load {

struct FramesOptions {
  std::size_t prefix = 4;  // bytes of the length: 1, 2, 4 or 8
  bool little_endian = false;
  std::optional<std::size_t> max =
      {};  // frames have Settings::size up to so many bytes, at random; unset: all one size

  eddy::Prefix as_prefix() const;
};

// Throws cli::UsageError. `size` is Settings::size.
void check(const FramesOptions& options, std::size_t size);

}  // namespace load
