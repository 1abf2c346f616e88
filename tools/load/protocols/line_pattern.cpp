#include "line_pattern.h"

#include <regex>
#include <stdexcept>

namespace load {

struct LinePattern::Compiled {
  std::regex regex;
};

LinePattern::LinePattern(std::string_view source) : source_(source) {
  try {
    compiled_ =
        std::make_shared<const Compiled>(Compiled{std::regex(source_, std::regex::ECMAScript | std::regex::optimize)});
  } catch (const std::regex_error& error) {
    throw std::invalid_argument(std::string("expected a regular expression as ECMAScript has it: ") + error.what());
  }
}

bool LinePattern::found_in(std::string_view line) const {
  try {
    return std::regex_search(line.begin(), line.end(), compiled_->regex);
  } catch (const std::regex_error&) {  // too much for it
    return false;
  }
}

}  // namespace load
