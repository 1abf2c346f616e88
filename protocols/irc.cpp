#include "protocols/irc.h"

#include <algorithm>

namespace eddy {
namespace {

// Takes what stands before the next space, and the spaces.
std::string_view take_word(std::string_view& rest) {
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(rest.find_first_not_of(' ', word.size()), rest.size()));
  return word;
}

// Of a line: the '@', the tags and one space.
std::size_t size_of_tags(std::string_view line) {
  if (!line.starts_with('@')) return 0;
  const auto space = line.find(' ');
  return space == std::string_view::npos ? line.size() : space + 1;
}

constexpr std::size_t crlf = 2;

// Of those at the front that keep within the limit: passed over together, a million of them take no longer than to look
// at their bytes.
std::size_t size_of_empty_lines(std::string_view text, std::size_t limit) {
  std::size_t size = 0;
  while (true) {
    auto rest = text.substr(size);
    const auto spaces = std::min(rest.find_first_not_of(' '), rest.size());
    rest.remove_prefix(spaces);
    if (rest.starts_with("\r\n")) rest.remove_prefix(1);
    if (!rest.starts_with('\n') || spaces + crlf > limit) return size;
    size = text.size() - rest.size() + 1;
  }
}

}  // namespace

std::optional<IrcMessage> IrcMessage::parse(std::string_view line) {
  static constexpr std::string_view forbidden("\0\r", 2);
  if (line.find_first_of(forbidden) != std::string_view::npos) return std::nullopt;
  auto rest = line;
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  IrcMessage message;
  message.line_ = line;
  if (rest.starts_with('@')) message.tags_ = take_word(rest).substr(1);
  if (rest.starts_with(':')) message.source_ = take_word(rest).substr(1);
  message.command_ = take_word(rest);
  if (message.command_.empty()) return std::nullopt;
  while (!rest.empty()) {
    auto& param = message.params_[message.count_++];
    if (rest.starts_with(':') || message.count_ == max_params) {
      param = rest.substr(rest.starts_with(':') ? 1 : 0);
      break;
    }
    param = take_word(rest);
  }
  return message;
}

IrcDecoder::IrcDecoder(IrcOptions options)
    : options_(options), lines_({.limit = options.tags_limit + options.limit - crlf, .too_long = TooLong::skip}) {}

Found IrcDecoder::next(Bytes in) {
  auto found = lines_.next(in);
  if (found.what != Found::What::message) return found;
  const auto line = found.content.text();
  const auto tags = size_of_tags(line);
  if (tags > options_.tags_limit || line.size() - tags + crlf > options_.limit) {
    return {.what = Found::What::too_long, .size = found.size};
  }
  if (line.find_first_not_of(' ') == std::string_view::npos) {
    return {.size = found.size + size_of_empty_lines(in.text().substr(found.size), options_.limit)};
  }
  return found;
}

}  // namespace eddy
