#include "cache_exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "../text.h"
#include "shown.h"

namespace load {
namespace {

constexpr std::size_t longest_cache_line = 1024;  // of an answer
constexpr std::string_view crlf = "\r\n";

// Takes a decimal number and `after` off the front.
template <class Number>
bool take(std::string_view& text, Number& number, std::string_view after) {
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  if (!text.starts_with(after)) return false;
  text.remove_prefix(after.size());
  return true;
}

}  // namespace

CacheExchange::CacheExchange(Ledger& ledger, std::size_t number)
    : ledger_(ledger), options_(ledger.settings.cache), number_(number), random_(ledger.settings.seed, number) {
  if (options_.zipf) zipf_.emplace(options_.keys, *options_.zipf);
}

// ---- asking

void CacheExchange::plan() {
  Random random(random_, planned_++);
  const bool get = random.unit() < options_.get_ratio;
  const auto key = zipf_ ? zipf_->draw(random) : random.below(options_.keys);
  line_.clear();
  item_.reset();
  if (get) {
    line_ += "get ";
    append_key(line_, key, options_.key_size);
    line_ += crlf;
  } else {
    const auto [least, most] = options_.value_size;
    const auto size = least + (least == most ? 0 : static_cast<std::size_t>(random.below(most - least + 1)));
    item_ = CacheItem{key, static_cast<std::uint32_t>(random.next()), size};
    append_set(line_, *item_, options_.key_size);
  }
  asked_.push_back({key, get});
}

Exchange::Written CacheExchange::write(std::span<std::byte> room) {
  if (line_.empty()) plan();
  std::size_t used = 0;
  if (written_ == 0) {
    if (room.size() < line_.size()) return {};
    std::memcpy(room.data(), line_.data(), line_.size());
    used = written_ = line_.size();
  }
  if (item_) {
    const auto value_end = line_.size() + item_->size;
    if (written_ < value_end) {
      const auto piece = room.subspan(used, std::min(value_end - written_, room.size() - used));
      item_->value().fill(written_ - line_.size(), piece);
      used += piece.size();
      written_ += piece.size();
    }
    while (written_ >= value_end && written_ < value_end + crlf.size() && used < room.size()) {
      room[used++] = static_cast<std::byte>(crlf[written_++ - value_end]);
    }
    if (written_ < value_end + crlf.size()) return {used, false};
  }
  line_.clear();
  written_ = 0;
  return {used, true};
}

// ---- answers

Exchange::Read CacheExchange::read(eddy::Bytes in) {
  std::size_t consumed = 0;
  while (true) {
    const auto rest = in.without_first(consumed);
    const auto part = reading_ == Reading::value ? value(rest) : line(rest);
    consumed += part.consumed;
    if (part.outcome != Outcome::incomplete || part.consumed == 0) return {consumed, part.outcome};
  }
}

void CacheExchange::renew() {
  line_.clear();
  written_ = 0;
  asked_.clear();
  answered_ = planned_;
  reading_ = Reading::line;
}

Exchange::Read CacheExchange::line(eddy::Bytes in) {
  const auto text = in.first(longest_cache_line).text();
  const auto lf = text.find('\n');
  if (lf == std::string_view::npos) {
    return text.size() < longest_cache_line ? Read{} : broken("answer without an end", text);
  }
  auto line = text.substr(0, lf);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto size = lf + 1;
  if (reading_ == Reading::end) return line == "END" ? done(size, !hit_wrong_) : broken("value without END", line);
  if (asked_.front().get) {
    if (line == "END") {
      ++ledger_.results.cache.misses;
      return done(size, true);
    }
    if (line.starts_with("VALUE ")) return value_line(line.substr(6), size);
  } else if (line == "STORED") {
    ++ledger_.results.cache.sets;
    return done(size, true);
  }
  for (const std::string_view refusal : {"SERVER_ERROR", "CLIENT_ERROR", "ERROR", "NOT_STORED"}) {
    if (!line.starts_with(refusal)) continue;
    ledger_.wrong(std::string(refusal), where() + ": got " + shown(line));
    return done(size, false);
  }
  return broken("answer that is not memcached's", line);
}

// After "VALUE ": key, flags, length, and perhaps a number for cas.
Exchange::Read CacheExchange::value_line(std::string_view rest, std::size_t consumed) {
  const auto whole = rest;
  key_.clear();
  append_key(key_, asked_.front().key, options_.key_size);
  const auto key = rest.substr(0, rest.find(' '));
  if (key != key_) return broken("value of another key", key);
  rest.remove_prefix(key.size());
  hit_ = {.key = asked_.front().key};
  const bool read =
      rest.starts_with(' ') && take(rest = rest.substr(1), hit_.version, " ") && take(rest, hit_.size, "");
  if (!read || hit_.size > largest_message || !(rest.empty() || rest.front() == ' ')) {
    return broken("VALUE line that cannot be read", whole);
  }
  read_ = 0;
  hit_wrong_ = false;
  reading_ = Reading::value;
  return {consumed, Outcome::incomplete};
}

Exchange::Read CacheExchange::value(eddy::Bytes in) {
  const auto piece = in.first(hit_.size - std::min(read_, hit_.size));
  if (options_.verify && !hit_wrong_) {
    const auto pattern = hit_.value();
    if (const auto wrong = pattern.mismatch(read_, piece)) {
      hit_wrong_ = true;
      const auto at = read_ + *wrong;
      ledger_.wrong("value with a wrong byte",
                    fmt::format("{}, version {}, byte {} of {}: expected {}, got {}", where(), hit_.version, at,
                                hit_.size, byte_text(std::to_integer<std::uint8_t>(pattern.at(at))),
                                byte_text(std::to_integer<std::uint8_t>(piece[*wrong]))));
    }
  }
  read_ += piece.size();
  auto consumed = piece.size();
  for (; read_ >= hit_.size && read_ < hit_.size + crlf.size() && consumed < in.size(); ++consumed) {
    if (static_cast<char>(in[consumed]) != crlf[read_++ - hit_.size]) {
      return broken("value longer than it says", in.without_first(consumed).text());
    }
  }
  if (read_ == hit_.size + crlf.size()) {
    ++ledger_.results.cache.hits;
    reading_ = Reading::end;
  }
  return {consumed, Outcome::incomplete};
}

Exchange::Read CacheExchange::done(std::size_t consumed, bool right) {
  asked_.pop_front();
  ++answered_;
  reading_ = Reading::line;
  return {consumed, right ? Outcome::right : Outcome::wrong};
}

Exchange::Read CacheExchange::broken(const std::string& kind, std::string_view got) {
  ledger_.wrong(kind, where() + ": got " + shown(got));
  return {0, Outcome::broken};
}

std::string CacheExchange::where() {
  const auto& asked = asked_.front();
  return fmt::format("connection {}, request {}, {} of key {}", number_, answered_, asked.get ? "get" : "set",
                     asked.key);
}

}  // namespace load
