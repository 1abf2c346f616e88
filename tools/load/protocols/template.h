// Template: a text with fields that each request fills in.
//
//   {conn}         the connection's number, from 0
//   {seq}          the request's number on its connection, from 0
//   {rand:N}       N random letters and digits
//   {hex:N}        N random hexadecimal digits
//   {pick:A,B,C}   one of these, at random
//   {file:PATH}    one of the lines of a file, at random; the file is read once
//   {{             a brace
//
// "Random" is computed from seed, connection, request and the field's place among the random fields. So two templates
// say the same where they have the same fields in the same order, and a run with the same seed asks the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../stream_pattern.h"

namespace load {

class Template {
 public:
  Template() = default;
  // Throws std::invalid_argument that names the field, its position (the first byte is 1) and what was expected.
  explicit Template(std::string_view text);

  // A text without fields, whatever braces it has.
  static Template literal(std::string_view text);

  const std::string& source() const { return source_; }

  // Without fields: all requests are the same.
  bool constant() const { return constant_; }

  // `random` is of the seed and the connection.
  void append_to(std::string& out, std::size_t connection, std::uint64_t sequence, const StreamPattern& random) const;

  // A byte for which `unwanted` is true, of all that can come out of it.
  std::optional<char> find(const std::function<bool(char)>& unwanted) const;

 private:
  struct Part {
    enum class Kind : std::uint8_t { text, connection, sequence, letters, hex, choice };
    Kind kind = Kind::text;
    std::size_t length = 0;               // of letters and hex
    std::vector<std::string> texts = {};  // of text: one; of choice: to choose from
  };

  void add_text(std::string_view text);
  Part field(std::string_view inside, std::size_t position) const;

  std::string source_;
  std::vector<Part> parts_;
  bool constant_ = true;
};

}  // namespace load
