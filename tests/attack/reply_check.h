// ReplyCheck: what must hold of a server's answers whatever it was sent.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace attack {

class ReplyCheck {
 public:
  virtual ~ReplyCheck() = default;
  // Answers what is wrong, or nothing.
  virtual std::string received(std::string_view bytes) = 0;
};

// Of an IRC server: each line is one line, with no NUL in it, not too long, and begins as a server's does. So nobody
// can have a line said in another one's name.
std::unique_ptr<ReplyCheck> irc_check();
// Empty when the line, without its end, is well.
std::string irc_complaint(std::string_view line);

// Of echo: it is what was sent, in its order.
std::unique_ptr<ReplyCheck> echo_check(std::string sent);
// Of discard: nothing.
std::unique_ptr<ReplyCheck> silence_check();

}  // namespace attack
