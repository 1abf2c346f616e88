#include "http_exchange.h"

#include <fmt/format.h>

#include <algorithm>

#include "piece.h"
#include "shown.h"

namespace load {

HttpExchange::HttpExchange(Ledger& ledger, std::size_t number)
    : ledger_(ledger),
      options_(ledger.settings.http),
      number_(number),
      random_(ledger.settings.seed, number),
      response_(options_.request.method() == "HEAD") {}

Exchange::Written HttpExchange::write(std::span<std::byte> room) {
  const auto& constant = options_.request.constant();
  if (offset_ == 0) {
    if (constant.empty()) {
      request_.clear();
      options_.request.append_to(request_, number_, asked_, random_);
    }
    ++asked_;
  }
  return write_piece(constant.empty() ? request_ : constant, offset_, room);
}

Exchange::Read HttpExchange::read(eddy::Bytes in) {
  std::size_t consumed = 0;
  while (true) {
    const auto rest = in.without_first(consumed);
    const auto part = response_.next(rest);
    consumed += part.consumed;
    switch (part.what) {
      case HttpResponse::Part::What::nothing: return {consumed, Outcome::incomplete};
      case HttpResponse::Part::What::body: check_body(part.content); break;
      case HttpResponse::Part::What::end: return ended(consumed);
      case HttpResponse::Part::What::broken:
        ledger_.wrong(std::string(response_.error()), where() + ": " + shown(rest.text()));
        return {consumed, Outcome::broken};
    }
  }
}

void HttpExchange::renew() {
  offset_ = 0;
  answered_ = asked_;
  body_ = 0;
  body_wrong_ = false;
  response_ = HttpResponse(options_.request.method() == "HEAD");
}

void HttpExchange::check_body(eddy::Bytes piece) {
  if (!options_.verify_body || body_wrong_ || !options_.expects(response_.status())) return;
  if (body_ == 0 && (expected_.empty() || !options_.verify_body->constant())) {
    expected_.clear();
    options_.verify_body->append_to(expected_, number_, answered_, random_);
  }
  const auto text = piece.text();
  const auto expected = std::string_view(expected_).substr(std::min(body_, expected_.size()), text.size());
  const auto same = std::mismatch(expected.begin(), expected.end(), text.begin()).first - expected.begin();
  if (const auto at = static_cast<std::size_t>(same); at < text.size()) {
    body_wrong_ = true;
    ledger_.wrong(
        "body with a wrong byte",
        fmt::format("{}, byte {}: expected {}, got {}", where(), body_ + at,
                    at < expected.size() ? shown(expected.substr(at), 20) : "the end", shown(text.substr(at), 20)));
  }
  body_ += text.size();
}

Exchange::Read HttpExchange::ended(std::size_t consumed) {
  const auto status = response_.status();
  ++ledger_.results.http.status[status];
  bool right = options_.expects(status);
  if (!right) {
    ledger_.wrong(fmt::format("status {}", status),
                  fmt::format("{}: expected {}", where(), options_.expected_statuses()));
  } else if (options_.verify_body) {
    check_body({});  // what is expected is not known yet when no byte came
    if (!body_wrong_ && body_ < expected_.size()) {
      body_wrong_ = true;
      ledger_.wrong("body that is too short",
                    fmt::format("{}: expected {} bytes, got {}", where(), expected_.size(), body_));
    }
    right = !body_wrong_;
  }
  ++answered_;
  body_ = 0;
  body_wrong_ = false;
  return {consumed, right ? Outcome::right : Outcome::wrong, response_.last()};
}

std::string HttpExchange::where() const { return fmt::format("connection {}, request {}", number_, answered_); }

}  // namespace load
