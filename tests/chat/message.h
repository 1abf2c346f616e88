// A line of IRC as a client reads it, taken apart here and not by the server's own code.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace chat::test {

inline constexpr std::string_view server_name = "irc.test";

struct Message {
  std::map<std::string, std::string> tags;  // values escaped, as they were sent
  std::string source;                       // without its colon
  std::string command;
  std::vector<std::string> params;
  std::string line;  // all of it, without CR LF

  std::string last() const { return params.empty() ? "" : params.back(); }
};

Message parse(std::string_view line);

// Whether a message is what a pattern says. A pattern is written as a line is, "403 alice #c :%", and compared part by
// part: whether a last parameter has a colon that it does not need makes no difference.
//   %        any text, also none, within one part
//   ...      at the end: any parameters
//   461|409  either of these commands
//   source   none: the server. A nick alone: that user, with user and host
//   tags     exactly these: none written, none there
bool matches(const Message& message, std::string_view pattern);

// Whether `text` is `pattern`, in which % stands for any text.
bool like(std::string_view text, std::string_view pattern);

}  // namespace chat::test
