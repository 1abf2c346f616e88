#include "line_exchange.h"

#include <fmt/format.h>

#include "piece.h"
#include "shown.h"

namespace load {

LineExchange::LineExchange(Ledger& ledger, std::size_t number)
    : ledger_(ledger),
      options_(ledger.settings.line),
      number_(number),
      random_(ledger.settings.seed, number),
      decoder_({.limit = options_.longest_answer()}) {}

Exchange::Written LineExchange::write(std::span<std::byte> room) {
  if (offset_ == 0 && (request_.empty() || !options_.request.constant())) {
    request_.clear();
    options_.request.append_to(request_, number_, asked_, random_);
    request_ += options_.newline;
  }
  const auto written = write_piece(request_, offset_, room);
  if (written.complete) ++asked_;
  return written;
}

Exchange::Read LineExchange::read(eddy::Bytes in) {
  const auto found = decoder_.next(in);
  if (found.what == eddy::Found::What::nothing) return {};
  if (found.what != eddy::Found::What::message) {
    ledger_.wrong(fmt::format("line longer than {} bytes", options_.longest_answer()),
                  fmt::format("connection {}, request {}: {}", number_, answered_, shown(in.text())));
    return {found.size, Outcome::broken};
  }
  const bool right = is_expected(found.content.text());
  if (!right) wrong(found.content.text());
  ++answered_;
  return {found.size, right ? Outcome::right : Outcome::wrong};
}

void LineExchange::renew() {
  if (offset_ > 0) ++asked_;
  offset_ = 0;
  answered_ = asked_;
  decoder_ = eddy::LineDecoder({.limit = options_.longest_answer()});
}

bool LineExchange::is_expected(std::string_view line) {
  if (options_.expect) {
    if (expected_.empty() || !options_.expect->constant()) {
      expected_.clear();
      options_.expect->append_to(expected_, number_, answered_, random_);
    }
    return line == expected_;
  }
  return !options_.expect_pattern || options_.expect_pattern->found_in(line);
}
void LineExchange::wrong(std::string_view line) {
  const auto expected = options_.expect ? shown(expected_) : "a match of " + shown(options_.expect_pattern->source());
  ledger_.wrong("another line than expected", fmt::format("connection {}, request {}: expected {}, got {}", number_,
                                                          answered_, expected, shown(line)));
}

}  // namespace load
