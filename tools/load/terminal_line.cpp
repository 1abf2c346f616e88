#include "terminal_line.h"

#include <apps/cli/to_stderr.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace load {
namespace {

using namespace std::chrono_literals;

constexpr auto interval = 250ms;

}  // namespace

TerminalLine::TerminalLine(eddy::Loop& loop, eddy::Callback<std::string()> text)
    : text_(std::move(text)), timer_(loop, [this] { draw(); }) {
  timer_.start_every(interval);
}

TerminalLine::~TerminalLine() { cli::to_stderr(wipe()); }

// To the beginning, and away with what is there.
std::string TerminalLine::wipe() const { return above_ == 0 ? "\r\x1b[J" : fmt::format("\r\x1b[{}A\x1b[J", above_); }

// Without wrapping meanwhile, so that a line stays one line.
void TerminalLine::draw() {
  const auto text = text_();
  auto before = wipe();
  above_ = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  cli::to_stderr(before + "\x1b[?7l" + text + "\x1b[?7h");
}

}  // namespace load
