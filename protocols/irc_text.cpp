#include "protocols/irc_text.h"

#include <algorithm>
#include <cstddef>

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

// Only the last star needs to be tried again with more: what an earlier one could take, the last one can take too.
bool irc_matches(std::string_view mask, std::string_view text) {
  std::size_t in_mask = 0;
  std::size_t in_text = 0;
  std::size_t after_star = std::string_view::npos;
  std::size_t star_end = 0;  // where in the text the last star's share ends
  while (in_text < text.size()) {
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

}  // namespace eddy
