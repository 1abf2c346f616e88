// TerminalLine: one line on the terminal that shows a run while it goes on. Rewritten four times a second, wiped at the
// end.
#pragma once

#include <reactor/callback.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <string>

namespace load {

class TerminalLine {
 public:
  // Writes to stderr, which is to be a terminal. `text` is asked for what is to be shown, of which 79 characters are.
  TerminalLine(eddy::Loop& loop, eddy::Callback<std::string()> text);
  ~TerminalLine();

  void draw();  // now, too

 private:
  eddy::Callback<std::string()> text_;
  eddy::Timer timer_;
};

}  // namespace load
