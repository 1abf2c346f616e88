#include "stream_pattern.h"

#include <algorithm>
#include <cstring>

namespace load {
namespace {

constexpr std::size_t word_size = sizeof(std::uint64_t);
constexpr std::size_t block_words = 8;  // compared with one branch

std::size_t bytes_to_boundary(std::uint64_t offset) {
  return static_cast<std::size_t>((word_size - offset % word_size) % word_size);
}

}  // namespace

StreamPattern::StreamPattern(std::uint64_t seed, std::uint64_t connection)
    : key_(mix(mix(seed * step + 1) + connection * step)) {}

std::byte StreamPattern::at(std::uint64_t offset) const {
  const auto value = word(offset / word_size);
  std::byte bytes[word_size];
  std::memcpy(bytes, &value, word_size);
  return bytes[offset % word_size];
}

void StreamPattern::fill(std::uint64_t offset, std::span<std::byte> out) const {
  auto* to = out.data();
  auto left = out.size();
  for (auto head = std::min(left, bytes_to_boundary(offset)); head > 0; --head, --left) *to++ = at(offset++);
  for (auto index = offset / word_size; left >= word_size; left -= word_size, to += word_size) {
    const auto value = word(index++);
    std::memcpy(to, &value, word_size);
    offset += word_size;
  }
  for (; left > 0; --left) *to++ = at(offset++);
}

std::optional<std::size_t> StreamPattern::mismatch(std::uint64_t offset, eddy::Bytes in) const {
  const auto differs_in = [&](std::size_t from, std::size_t to) -> std::optional<std::size_t> {
    for (auto i = from; i < to; ++i) {
      if (in[i] != at(offset + i)) return i;
    }
    return {};
  };
  auto done = std::min(in.size(), bytes_to_boundary(offset));
  if (const auto found = differs_in(0, done)) return found;

  auto index = (offset + done) / word_size;
  constexpr auto block = block_words * word_size;
  for (; in.size() - done >= block; done += block, index += block_words) {
    std::uint64_t got[block_words];
    std::memcpy(got, in.data() + done, block);
    std::uint64_t difference = 0;
    for (std::size_t i = 0; i < block_words; ++i) difference |= got[i] ^ word(index + i);
    if (difference != 0) return differs_in(done, done + block);
  }
  for (; in.size() - done >= word_size; done += word_size) {
    std::uint64_t got = 0;
    std::memcpy(&got, in.data() + done, word_size);
    if (got != word(index++)) return differs_in(done, done + word_size);
  }
  return differs_in(done, in.size());
}

}  // namespace load
