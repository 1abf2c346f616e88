#include "frames_exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "random.h"

namespace load {

FramesExchange::FramesExchange(Ledger& ledger, std::size_t number)
    : ledger_(ledger),
      prefix_(ledger.settings.frames.as_prefix()),
      number_(number),
      pattern_(ledger.settings.seed, number) {
  written_.size = received_.size = size_of(0);
}

std::size_t FramesExchange::size_of(std::uint64_t frame) const {
  const auto least = ledger_.settings.size;
  const auto most = ledger_.settings.frames.max.value_or(least);
  if (most == least) return least;
  return least + static_cast<std::size_t>(Random(pattern_, frame).below(most - least + 1));
}

void FramesExchange::next(Place& place) const {
  ++place.frame;
  place.size = size_of(place.frame);
  place.done = 0;
  place.in_content = false;
}

Exchange::Written FramesExchange::write(std::span<std::byte> room) {
  std::size_t used = 0;
  if (!written_.in_content) {
    const eddy::EncodedPrefix prefix(prefix_, written_.size);
    used = prefix.bytes().size();
    if (room.size() < used) return {};
    std::memcpy(room.data(), prefix.bytes().data(), used);
    written_.in_content = true;
  }
  const auto piece = room.subspan(used, std::min(written_.size - written_.done, room.size() - used));
  pattern_.fill(written_.offset, piece);
  written_.offset += piece.size();
  written_.done += piece.size();
  const bool complete = written_.done == written_.size;
  if (complete) next(written_);
  return {used + piece.size(), complete};
}

Exchange::Read FramesExchange::read(eddy::Bytes in) {
  if (received_.in_content) return read_content(in, 0);
  const eddy::EncodedPrefix expected(prefix_, received_.size);
  const auto size = expected.bytes().size();
  if (in.size() < size) return {};
  if (!std::equal(in.begin(), in.begin() + size, expected.bytes().begin())) {
    std::uint64_t got = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const auto at = ledger_.settings.frames.little_endian ? size - 1 - i : i;
      got = got << 8 | std::to_integer<std::uint64_t>(in[at]);
    }
    // Where the frame begins in all that came back.
    const auto offset = received_.frame * size + received_.offset;
    ledger_.wrong("frame of a wrong length", fmt::format("connection {}, frame {}, at byte {}: expected {}, got {}",
                                                         number_, received_.frame, offset, received_.size, got));
    return {size, Outcome::broken};
  }
  received_.in_content = true;
  return read_content(in.without_first(size), size);
}

// `before`: bytes consumed in front of `in`.
Exchange::Read FramesExchange::read_content(eddy::Bytes in, std::size_t before) {
  const auto rest = received_.size - received_.done;
  const auto asked =
      in.first(static_cast<std::size_t>(std::min<std::uint64_t>(rest, written_.offset - received_.offset)));
  if (const auto wrong = pattern_.mismatch(received_.offset, asked)) {
    ledger_.corrupt({number_, received_.frame, received_.done + *wrong,
                     std::to_integer<std::uint8_t>(pattern_.at(received_.offset + *wrong)),
                     std::to_integer<std::uint8_t>(asked[*wrong])});
    return {before + *wrong, Outcome::broken};
  }
  received_.offset += asked.size();
  received_.done += asked.size();
  const auto consumed = before + asked.size();
  if (asked.size() == rest) {
    next(received_);
    return {consumed, Outcome::right};
  }
  if (asked.size() == in.size()) return {consumed, Outcome::incomplete};
  ++ledger_.results.surplus;
  return {consumed, Outcome::broken};
}

void FramesExchange::renew() {
  if (written_.in_content) {
    written_.offset += written_.size - written_.done;
    next(written_);
  }
  received_ = written_;
}

}  // namespace load
