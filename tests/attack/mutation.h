// Mutations of what a well-behaved peer would send: bytes, lines and numbers, long runs, and what is no text.
#pragma once

#include <string>

#include "random.h"

namespace attack {

// One mutation. The result has at most `longest` bytes.
std::string mutated_once(std::string text, Random& random, std::size_t longest = 1024 * 1024);

// None in one of five cases, mostly a few, and seldom many.
struct Mutated {
  std::string text;
  std::size_t mutations = 0;
};
Mutated mutated(std::string text, Random& random);

// Orders to terminals, NUL, broken UTF-8 and their like.
std::string strange_bytes(Random& random);

}  // namespace attack
