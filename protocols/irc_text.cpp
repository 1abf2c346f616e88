#include "protocols/irc_text.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace eddy {
namespace {

// One place of a mask: how many bytes it takes there, and what it fits.
struct Place {
  std::size_t size = 0;
  char c = '\0';
  bool any_one = false;

  bool fits(char other) const { return size > 0 && (any_one || irc_fold(c) == irc_fold(other)); }
};

Place place_at(std::string_view mask, std::size_t at) {
  if (at >= mask.size()) return {};
  if (mask[at] == '\\' && at + 1 < mask.size() && (mask[at + 1] == '*' || mask[at + 1] == '?')) {
    return {.size = 2, .c = mask[at + 1]};
  }
  return {.size = 1, .c = mask[at], .any_one = mask[at] == '?'};
}

// A set of places in a text, from before its first byte to behind its last one: those to which a beginning of a mask
// can have come. All of them move at once, 64 in a step.
class Reached {
 public:
  explicit Reached(std::size_t text_size) : words_((text_size + bits) / bits), at_(words_), of_byte_(256 * words_) {
    at_[0] = 1;
  }
  // Notes that the text has `c` at the place `at`.
  void has(std::size_t at, char c) { row(c)[at / bits] |= std::uint64_t{1} << at % bits; }

  void pass(const Place& place) {
    const auto* const fitting = row(place.c);
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < words_; ++i) {
      const auto passing = place.any_one ? at_[i] : at_[i] & fitting[i];
      at_[i] = passing << 1 | carry;
      carry = passing >> (bits - 1);
    }
  }
  void pass_star() {
    bool reached = false;
    for (auto& word : at_) {
      if (reached) {
        word = ~std::uint64_t{0};
      } else if (word != 0) {
        word = ~std::uint64_t{0} << std::countr_zero(word);
        reached = true;
      }
    }
  }
  // Places behind the end, which a '?' may reach, never come back before it.
  bool holds(std::size_t at) const { return (at_[at / bits] >> at % bits & 1) != 0; }

 private:
  static constexpr std::size_t bits = 64;
  std::uint64_t* row(char c) { return &of_byte_[static_cast<unsigned char>(irc_fold(c)) * words_]; }

  std::size_t words_;
  std::vector<std::uint64_t> at_;
  std::vector<std::uint64_t> of_byte_;  // a row for each byte in lower case: where the text has it
};

// In steps whose number is the mask's length, whatever the text.
bool matches_by_sets(std::string_view mask, std::string_view text) {
  Reached reached(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) reached.has(i, text[i]);
  for (std::size_t i = 0; i < mask.size();) {
    if (mask[i] == '*') {
      reached.pass_star();
      ++i;
      continue;
    }
    const auto place = place_at(mask, i);
    reached.pass(place);
    i += place.size;
  }
  return reached.holds(text.size());
}

// Byte by byte, and back to behind the last star where that was wrong: the fastest for masks that people write. Only
// the last star needs to be tried again with more, since what an earlier one could take, the last one can take too.
// Gives up after `most_steps`.
std::optional<bool> matches_by_steps(std::string_view mask, std::string_view text, std::size_t most_steps) {
  std::size_t in_mask = 0;
  std::size_t in_text = 0;
  std::size_t after_star = std::string_view::npos;
  std::size_t star_end = 0;  // where in the text the last star's share ends
  for (std::size_t steps = 0; in_text < text.size(); ++steps) {
    if (steps == most_steps) return std::nullopt;
    if (in_mask < mask.size() && mask[in_mask] == '*') {
      after_star = ++in_mask;
      star_end = in_text;
      continue;
    }
    const auto place = place_at(mask, in_mask);
    if (place.fits(text[in_text])) {
      in_mask += place.size;
      ++in_text;
    } else if (after_star != std::string_view::npos) {
      in_mask = after_star;
      in_text = ++star_end;
    } else {
      return false;
    }
  }
  return mask.find_first_not_of('*', in_mask) == std::string_view::npos;
}

}  // namespace

std::string irc_folded(std::string_view text) {
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), irc_fold);
  return folded;
}

bool irc_equal(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char left, char right) { return irc_fold(left) == irc_fold(right); });
}

bool irc_matches(std::string_view mask, std::string_view text) {
  const auto found = matches_by_steps(mask, text, 2 * (mask.size() + text.size()));
  return found ? *found : matches_by_sets(mask, text);
}

}  // namespace eddy
