// TerminalLine: a line on the terminal that shows a run while it goes on, or a few. Rewritten four times a second,
// wiped at the end.
#pragma once

#include <reactor/callback.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <cstddef>
#include <string>

namespace load {

class TerminalLine {
 public:
  // Writes to stderr, which is to be a terminal. `text` is asked for what is to be shown: lines, without the last
  // one's end. What is too wide for the terminal is cut.
  TerminalLine(eddy::Loop& loop, eddy::Callback<std::string()> text);
  ~TerminalLine();

  void draw();  // now, too

 private:
  std::string wipe() const;

  eddy::Callback<std::string()> text_;
  eddy::Timer timer_;
  std::size_t above_ = 0;  // lines above the one with the cursor
};

}  // namespace load
