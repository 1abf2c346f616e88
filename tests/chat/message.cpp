#include "message.h"

#include <algorithm>
#include <cstddef>

namespace chat::test {
namespace {

// Cuts off what stands before `separator`, and the separator.
std::string_view cut(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const auto first = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return first;
}

std::string_view cut_word(std::string_view& text) {
  const auto word = cut(text, ' ');
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return word;
}

bool same_source(const std::string& source, const std::string& pattern) {
  if (pattern.empty()) return source.empty() || source == server_name;
  if (pattern.find('!') != std::string::npos || pattern == server_name) return like(source, pattern);
  return like(source, pattern + "!%@127.0.0.1");
}

bool same_command(const std::string& command, std::string_view pattern) {
  while (!pattern.empty()) {
    if (like(command, cut(pattern, '|'))) return true;
  }
  return false;
}

bool same_tags(const Message& message, const Message& pattern) {
  return std::equal(
      message.tags.begin(), message.tags.end(), pattern.tags.begin(), pattern.tags.end(),
      [](const auto& tag, const auto& wanted) { return tag.first == wanted.first && like(tag.second, wanted.second); });
}

// Parameters, of which "..." stands for the rest.
bool same_params(const std::vector<std::string>& params, const std::vector<std::string>& patterns) {
  const bool all = patterns.empty() || patterns.back() != "...";
  const auto count = all ? patterns.size() : patterns.size() - 1;
  return (all ? params.size() == count : params.size() >= count) &&
         std::equal(patterns.begin(), patterns.begin() + static_cast<std::ptrdiff_t>(count), params.begin(),
                    [](const auto& pattern, const auto& param) { return like(param, pattern); });
}

}  // namespace

Message parse(std::string_view line) {
  Message message;
  message.line = line;
  if (line.starts_with('@')) {
    auto tags = cut_word(line).substr(1);
    while (!tags.empty()) {
      auto value = cut(tags, ';');
      const std::string key(cut(value, '='));
      message.tags[key] = value;
    }
  }
  if (line.starts_with(':')) message.source = cut_word(line).substr(1);
  message.command = cut_word(line);
  while (!line.empty()) {
    if (line.starts_with(':')) {
      message.params.emplace_back(line.substr(1));
      break;
    }
    message.params.emplace_back(cut_word(line));
  }
  return message;
}

bool like(std::string_view text, std::string_view pattern) {
  const auto any = pattern.find('%');
  if (any == std::string_view::npos) return text == pattern;
  if (text.substr(0, any) != pattern.substr(0, any)) return false;
  text.remove_prefix(any);
  pattern.remove_prefix(any + 1);
  if (pattern.empty()) return true;
  for (; !text.empty(); text.remove_prefix(1)) {
    if (like(text, pattern)) return true;
  }
  return like(text, pattern);
}

bool matches(const Message& message, std::string_view pattern) {
  const auto wanted = parse(pattern);
  return same_source(message.source, wanted.source) && same_command(message.command, wanted.command) &&
         same_tags(message, wanted) && same_params(message.params, wanted.params);
}

}  // namespace chat::test
