#include "protocols/irc_line.h"

namespace eddy {
namespace {

constexpr std::size_t longest_utf8_character = 4;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

}  // namespace

std::string_view utf8_prefix(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  // Text that is not UTF-8 may consist of such bytes alone: those are cut anywhere.
  auto size = limit;
  while (size > 0 && limit - size < longest_utf8_character && continues_character(text[size])) --size;
  return text.substr(0, continues_character(text[size]) ? limit : size);
}

IrcLine::IrcLine(std::string_view source, std::string_view command) {
  if (!source.empty()) append(":").append(source).append(" ");
  append(command);
}

IrcLine& IrcLine::param(std::string_view text) {
  const bool readable = !text.empty() && text.front() != ':' && text.find(' ') == std::string_view::npos;
  return append(" ").append(readable ? text : "*");
}

IrcLine& IrcLine::trailing(std::string_view text) { return append(" :").append(text); }

IrcLine& IrcLine::append(std::string_view text) {
  const auto fitting = utf8_prefix(text, room());
  size_ += fitting.copy(bytes_.data() + size_, fitting.size());
  return *this;
}

std::string_view IrcLine::text() {
  bytes_[size_] = '\r';
  bytes_[size_ + 1] = '\n';
  return {bytes_.data(), size_ + end_size};
}

}  // namespace eddy
