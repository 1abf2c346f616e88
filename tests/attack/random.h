// Random: numbers that follow from a seed and a stream's number alone, on every machine. Each connection of an attack
// has a stream of its own, so that what it sends does not depend on when the others send.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace attack {

class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : state_(mixed(seed) ^ mixed(stream * 0x9e3779b97f4a7c15U + 1)) {}

  std::uint64_t next() { return mixed(state_ += 0x9e3779b97f4a7c15U); }
  // From 0 to `end` - 1.
  std::size_t below(std::size_t end) { return end == 0 ? 0 : static_cast<std::size_t>(next() % end); }
  std::size_t between(std::size_t least, std::size_t most) { return least + below(most - least + 1); }
  bool one_in(std::size_t times) { return below(times) == 0; }
  char byte() { return static_cast<char>(next() & 0xff); }

  template <class List>
  const auto& pick(const List& list) {
    return list[below(std::size(list))];
  }

  // Of a literal, without the NUL that ends it.
  template <std::size_t N>
  char pick(const char (&characters)[N]) {
    return characters[below(N - 1)];
  }

  std::string word(std::size_t length) {
    std::string text;
    while (text.size() < length) text += "abcdefghijklmnopqrstuvwxyz"[below(26)];
    return text;
  }

 private:
  static std::uint64_t mixed(std::uint64_t x) {  // splitmix64
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
  }

  std::uint64_t state_;
};

}  // namespace attack
