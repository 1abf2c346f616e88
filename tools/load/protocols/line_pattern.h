// LinePattern: a regular expression (as ECMAScript has it) that is to be found in an answer.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace load {

class LinePattern {
 public:
  // Throws std::invalid_argument with what was expected.
  explicit LinePattern(std::string_view source);

  const std::string& source() const { return source_; }
  bool found_in(std::string_view line) const;

  // Of the lines that it is made for: std::regex takes stack for every byte.
  static constexpr std::size_t longest_line = 4096;

 private:
  struct Compiled;  // keeps <regex> out of every file that knows the settings

  std::string source_;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace load
