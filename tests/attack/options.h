// What the program is asked to do.
#pragma once

#include <reactor/time.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace attack {

enum class Kind { chat, cache, echo, load };

struct Options {
  Kind kind = Kind::chat;
  std::string program;            // that is attacked; empty: `urls` are
  std::vector<std::string> urls;  // of a server that runs already
  std::string driver;
  std::uint64_t seed = 0;
  eddy::Duration time = std::chrono::seconds(10);
  std::size_t connections = 150;  // at once
  // The connections, or runs of eddy-load, of these numbers alone.
  std::uint64_t first = 0;
  std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
  bool show = false;  // only print what these send

  bool only_some() const { return last != std::numeric_limits<std::uint64_t>::max(); }
};

}  // namespace attack
