#include "terminal_line.h"

#include <apps/cli/to_stderr.h>
#include <fmt/format.h>

#include <chrono>
#include <string_view>
#include <utility>

namespace load {
namespace {

using namespace std::chrono_literals;

constexpr auto interval = 250ms;
constexpr std::string_view wipe = "\r\x1b[K";

}  // namespace

TerminalLine::TerminalLine(eddy::Loop& loop, eddy::Callback<std::string()> text)
    : text_(std::move(text)), timer_(loop, [this] { draw(); }) {
  timer_.start_every(interval);
}

TerminalLine::~TerminalLine() { cli::to_stderr(wipe); }

// Kept below 80 columns, so that it stays one line.
void TerminalLine::draw() { cli::to_stderr(fmt::format("{}{:.79}", wipe, text_())); }

}  // namespace load
