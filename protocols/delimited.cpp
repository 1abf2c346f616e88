#include "protocols/delimited.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace eddy {

Delimiter::Delimiter(Bytes bytes) {
  if (bytes.empty()) throw std::invalid_argument("delimiter \"\": expected at least one byte");
  auto table = std::make_shared<Table>();
  table->bytes.assign(bytes.begin(), bytes.end());
  table->borders.resize(bytes.size());
  table_ = table;
  std::size_t border = 0;
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    while (border > 0 && bytes[border] != bytes[i]) border = table->borders[border - 1];
    if (bytes[border] == bytes[i]) ++border;
    table->borders[i] = border;
  }
}

std::size_t Delimiter::advance(std::size_t matched, std::byte next) const {
  const auto& [bytes, borders] = *table_;
  while (matched > 0 && bytes[matched] != next) matched = borders[matched - 1];
  return bytes[matched] == next ? matched + 1 : 0;
}

std::size_t DelimitedDecoder::find_end(Bytes in) {
  while (searched_ < in.size()) {
    if (matched_ == 0) {
      const auto* at = std::memchr(in.data() + searched_, static_cast<int>(delimiter_.first()), in.size() - searched_);
      if (at == nullptr) {
        searched_ = in.size();
        break;
      }
      searched_ = static_cast<std::size_t>(static_cast<const std::byte*>(at) - in.data());
    }
    matched_ = delimiter_.advance(matched_, in[searched_++]);
    if (matched_ == delimiter_.size()) {
      matched_ = 0;
      return std::exchange(searched_, 0);
    }
  }
  return in.size() + 1;
}

Found DelimitedDecoder::next(Bytes in) {
  const auto end = find_end(in);
  const bool ended = end <= in.size();
  const auto size = ended ? end : in.size();
  if (skipping_) {
    skipping_ = !ended;
    searched_ = 0;
    return {.size = size};
  }
  const auto length = size - (ended ? delimiter_.size() : matched_);
  if (length > options_.limit) {
    searched_ = 0;
    if (options_.too_long == TooLong::close) {
      return {.what = Found::What::broken, .size = size, .error = Errc::message_too_long};
    }
    skipping_ = !ended;
    return {.what = Found::What::too_long, .size = size};
  }
  if (!ended) return {};
  return {.what = Found::What::message, .size = size, .content = in.first(length)};
}

}  // namespace eddy
