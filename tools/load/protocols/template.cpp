#include "template.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <stdexcept>

#include "random.h"
#include "shown.h"

namespace load {
namespace {

constexpr std::size_t longest_field = 65536;
constexpr std::size_t most_random_fields = 256;
constexpr std::string_view field_names =
    "expected {conn}, {seq}, {rand:N}, {hex:N}, {pick:A,B}, {file:PATH}, or {{ for a brace";

[[noreturn]] void bad_field(std::string_view field, std::size_t position, std::string_view expected) {
  throw std::invalid_argument(fmt::format("position {}, {{{}: {}", position, field, expected));
}

std::vector<std::string> split_at_commas(std::string_view list) {
  std::vector<std::string> parts;
  for (auto comma = list.find(','); comma != std::string_view::npos; comma = list.find(',')) {
    parts.emplace_back(list.substr(0, comma));
    list.remove_prefix(comma + 1);
  }
  parts.emplace_back(list);
  return parts;
}

// Empty when the file cannot be read, or is empty.
std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  return file.bad() ? std::vector<std::string>() : lines;
}

void append_random(std::string& out, std::string_view alphabet, std::size_t length, Random random) {
  constexpr std::size_t of_a_number = 8;  // a number has 64 bits, a letter takes less than 6: nothing wanting
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < length; ++i) {
    if (i % of_a_number == 0) number = random.next();
    out += alphabet[static_cast<std::size_t>(number % alphabet.size())];
    number /= alphabet.size();
  }
}

}  // namespace

Template::Template(std::string_view text) : source_(text) {
  std::size_t at = 0;
  std::size_t random_fields = 0;
  while (at < text.size()) {
    const auto brace = std::min(text.find('{', at), text.size());
    add_text(text.substr(at, brace - at));
    if (brace == text.size()) return;
    if (text.substr(brace).starts_with("{{")) {
      add_text("{");
      at = brace + 2;
      continue;
    }
    const auto end = text.find('}', brace);
    if (end == std::string_view::npos) {
      bad_field(text.substr(brace + 1), brace + 1, "expected } at its end, or {{ for a brace");
    }
    const auto inside = text.substr(brace + 1, end - brace - 1);
    parts_.push_back(field(inside, brace + 1));
    constant_ = false;
    const auto kind = parts_.back().kind;
    if (kind != Part::Kind::connection && kind != Part::Kind::sequence && ++random_fields > most_random_fields) {
      bad_field(text.substr(brace + 1, end - brace), brace + 1,
                fmt::format("expected at most {} random fields", most_random_fields));
    }
    at = end + 1;
  }
}

Template Template::literal(std::string_view text) {
  Template made;
  made.source_ = text;
  made.add_text(text);
  return made;
}

void Template::add_text(std::string_view text) {
  if (text.empty()) return;
  if (parts_.empty() || parts_.back().kind != Part::Kind::text) parts_.push_back({.texts = {""}});
  parts_.back().texts.front() += text;
}

Template::Part Template::field(std::string_view inside, std::size_t position) const {
  const auto whole = std::string(inside) + "}";
  if (inside == "conn") return {.kind = Part::Kind::connection};
  if (inside == "seq") return {.kind = Part::Kind::sequence};
  const auto colon = inside.find(':');
  const auto name = inside.substr(0, colon);
  const auto value = colon == std::string_view::npos ? std::string_view() : inside.substr(colon + 1);
  if (name == "rand" || name == "hex") {
    std::size_t length = 0;
    const auto* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, length);
    if (error != std::errc() || stop != end || length == 0 || length > longest_field) {
      bad_field(whole, position, fmt::format("expected {{{}:N}} with N from 1 to {}", name, longest_field));
    }
    return {.kind = name == "hex" ? Part::Kind::hex : Part::Kind::letters, .length = length};
  }
  if (name == "pick") {
    if (value.empty()) bad_field(whole, position, "expected {pick:A,B,C}");
    return {.kind = Part::Kind::choice, .texts = split_at_commas(value)};
  }
  if (name == "file") {
    auto lines = lines_of(std::string(value));
    if (lines.empty()) bad_field(whole, position, "expected a file that can be read and has a line or more");
    return {.kind = Part::Kind::choice, .texts = std::move(lines)};
  }
  bad_field(whole, position, field_names);
}

void Template::append_to(std::string& out, std::size_t connection, std::uint64_t sequence,
                         const StreamPattern& random) const {
  std::uint64_t place = 0;  // among the random fields
  for (const auto& part : parts_) {
    switch (part.kind) {
      case Part::Kind::text: out += part.texts.front(); break;
      case Part::Kind::connection: out += std::to_string(connection); break;
      case Part::Kind::sequence: out += std::to_string(sequence); break;
      case Part::Kind::letters:
        append_random(out, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", part.length,
                      Random(random, sequence, place++));
        break;
      case Part::Kind::hex:
        append_random(out, "0123456789abcdef", part.length, Random(random, sequence, place++));
        break;
      case Part::Kind::choice:
        out += part.texts[static_cast<std::size_t>(Random(random, sequence, place++).below(part.texts.size()))];
        break;
    }
  }
}

std::optional<char> Template::find(const std::function<bool(char)>& unwanted) const {
  for (const auto& part : parts_) {
    for (const auto& text : part.texts) {
      if (const auto found = std::find_if(text.begin(), text.end(), unwanted); found != text.end()) return *found;
    }
  }
  return {};
}

}  // namespace load
