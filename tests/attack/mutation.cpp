#include "mutation.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace attack {
namespace {

constexpr std::string_view edges[] = {"0",
                                      "-1",
                                      "1",
                                      "00000000000000000001",
                                      "255",
                                      "256",
                                      "65535",
                                      "65536",
                                      "2147483647",
                                      "2147483648",
                                      "-2147483648",
                                      "4294967295",
                                      "4294967296",
                                      "9223372036854775807",
                                      "9223372036854775808",
                                      "-9223372036854775808",
                                      "18446744073709551615",
                                      "18446744073709551616",
                                      "99999999999999999999999999999999",
                                      "1e9",
                                      "0x10",
                                      "+5",
                                      "1.5",
                                      ""};

using namespace std::string_view_literals;
constexpr std::string_view strange[] = {"\0"sv,
                                        "\0\0\0\0\0\0\0\0"sv,
                                        "\r"sv,
                                        "\n"sv,
                                        "\r\n"sv,
                                        "\n\r"sv,
                                        "\x1b[2J"sv,
                                        "\x1b]0;title\x07"sv,
                                        "\x9b"
                                        "31m"sv,
                                        "\xc2\x9b"sv,
                                        "\xc2\x85"sv,
                                        "\x7f"sv,
                                        "\xff\xfe"sv,
                                        "\xc0\x80"sv,
                                        "\xed\xa0\x80"sv,
                                        "\xf4\x90\x80\x80"sv,
                                        "\xe2\x82"sv,
                                        "\x80\x80\x80"sv,
                                        "\xf0\x9f\x98\x80"sv,
                                        "\xe2\x80\xae"sv,
                                        "%s%n%x"sv,
                                        "\t"sv,
                                        "\x01"
                                        "ACTION\x01"sv,
                                        "\\"sv,
                                        "\""sv,
                                        "<script>"sv,
                                        "\x08\x08"sv,
                                        "\xef\xbb\xbf"sv};

// Where lines begin, and the end of the text.
std::vector<std::size_t> line_starts(std::string_view text) {
  std::vector<std::size_t> starts{0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') starts.push_back(i + 1);
  }
  if (starts.back() != text.size()) starts.push_back(text.size());
  return starts;
}

std::string replace_number(std::string text, Random& random) {
  std::vector<std::pair<std::size_t, std::size_t>> numbers;
  for (std::size_t i = 0; i < text.size();) {
    const auto end = std::min(text.find_first_not_of("0123456789", i), text.size());
    if (end > i) numbers.emplace_back(i, end - i);
    i = std::max(end, i + 1);
  }
  if (numbers.empty()) return text + std::string(random.pick(edges));
  const auto [at, length] = random.pick(numbers);
  return text.replace(at, length, random.pick(edges));
}

std::string change_line(std::string text, Random& random) {
  const auto starts = line_starts(text);
  if (starts.size() < 2) return text;
  const auto which = random.below(starts.size() - 1);
  const auto from = starts[which];
  const auto length = starts[which + 1] - from;
  const auto line = text.substr(from, length);
  switch (random.below(5)) {
    case 0: {  // again and again
      std::string again;
      for (auto times = random.one_in(8) ? random.between(10, 300) : 1U; times > 0 && again.size() < 50'000; --times)
        again += line;
      return text.insert(from, again);
    }
    case 1: return text.erase(from, length);
    case 2: {  // joined with the next one
      if (text[from + length - 1] != '\n') return text;
      const auto ends = length >= 2 && text[from + length - 2] == '\r' ? 2U : 1U;
      return text.erase(from + length - ends, ends);
    }
    case 3: return text.insert(from + random.below(length), random.one_in(2) ? "\r\n" : "\n");    // cut
    default: text.erase(from, length); return text.insert(random.pick(line_starts(text)), line);  // moved
  }
}

}  // namespace

std::string strange_bytes(Random& random) { return std::string(random.pick(strange)); }

std::string mutated_once(std::string text, Random& random, std::size_t longest) {
  const auto at = random.below(text.size() + 1);
  switch (random.below(11)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << random.below(8)));
      break;
    case 1:
      if (at < text.size()) text[at] = random.byte();
      break;
    case 2: text.insert(at, 1, random.byte()); break;
    case 3: text.erase(at, random.between(1, 8)); break;
    case 4: text.insert(at, strange_bytes(random)); break;
    case 5:
    case 6: text = replace_number(std::move(text), random); break;
    case 7:
    case 8: text = change_line(std::move(text), random); break;
    case 9: {  // a run of one byte, or of a few
      constexpr std::size_t lengths[] = {10, 100, 250, 251, 500, 512, 2047, 2048, 2049, 5000, 70'000};
      const auto unit =
          random.one_in(4) ? strange_bytes(random) : std::string(1, random.pick("aA0 :,#@;=*?\r\n\0\xff"));
      std::string run;
      for (const auto length = random.pick(lengths); run.size() < length;) run += unit;
      text.insert(at, run);
      break;
    }
    default:
      if (random.one_in(3)) text.resize(at);
      break;
  }
  if (text.size() > longest) text.resize(longest);
  return text;
}

Mutated mutated(std::string text, Random& random) {
  const auto times = random.one_in(5) ? 0 : random.one_in(10) ? random.between(10, 40) : random.between(1, 5);
  for (std::size_t i = 0; i < times; ++i) text = mutated_once(std::move(text), random);
  return {std::move(text), times};
}

}  // namespace attack
