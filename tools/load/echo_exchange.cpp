#include "echo_exchange.h"

#include <algorithm>

namespace load {

Exchange::Written EchoExchange::write(std::span<std::byte> room) {
  const auto rest = left(written_);
  const auto piece = room.first(std::min(rest, room.size()));
  pattern_.fill(written_, piece);
  written_ += piece.size();
  return {piece.size(), piece.size() == rest};
}

Exchange::Read EchoExchange::read(eddy::Bytes in) {
  const auto rest = left(received_);
  const auto asked = in.first(static_cast<std::size_t>(std::min<std::uint64_t>(rest, written_ - received_)));
  if (const auto wrong = pattern_.mismatch(received_, asked)) {
    received_ += *wrong;
    ledger_.corrupt({number_,
                     {},
                     received_,
                     std::to_integer<std::uint8_t>(pattern_.at(received_)),
                     std::to_integer<std::uint8_t>(asked[*wrong])});
    return {*wrong, Outcome::broken};
  }
  received_ += asked.size();
  if (asked.size() == rest) return {asked.size(), Outcome::right};
  if (asked.size() == in.size()) return {asked.size(), Outcome::incomplete};
  ++ledger_.results.surplus;
  return {asked.size(), Outcome::broken};
}

void EchoExchange::renew() {
  written_ += left(written_) % ledger_.settings.size;
  received_ = written_;
}

}  // namespace load
