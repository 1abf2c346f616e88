#include "cache_options.h"

#include <apps/cli/decimal.h>
#include <apps/cli/program.h>
#include <apps/cli/quantity.h>
#include <fmt/format.h>
#include <protocols/memcache.h>

#include <cmath>
#include <stdexcept>

#include "../settings.h"
#include "cache_item.h"

namespace load {
namespace {

constexpr double default_zipf = 0.99;  // YCSB's
constexpr double largest_zipf = 10;

// Negative when it is none.
double plain_number(std::string_view text) { return cli::parse_decimal(text).value_or(-1); }

}  // namespace

std::optional<double> parse_distribution(std::string_view text) {
  if (text == "uniform") return {};
  if (text == "zipf") return default_zipf;
  const auto s = text.starts_with("zipf:") ? plain_number(text.substr(5)) : -1;
  if (!(s > 0 && s <= largest_zipf)) {
    throw std::invalid_argument(
        fmt::format("expected uniform, zipf, or zipf:S with S more than 0 and at most {}", largest_zipf));
  }
  return s;
}

double parse_share(std::string_view text) {
  const auto share = plain_number(text);
  if (!(share >= 0 && share <= 1)) throw std::invalid_argument("expected a share from 0 to 1, such as 0.9");
  return share;
}

double parse_ratio(std::string_view text) {
  const auto colon = text.find(':');
  const auto gets = plain_number(text.substr(0, colon));
  const auto sets = colon == std::string_view::npos ? -1 : plain_number(text.substr(colon + 1));
  if (!(gets >= 0 && sets >= 0 && gets + sets > 0 && std::isfinite(gets + sets))) {
    throw std::invalid_argument("expected GET:SET, such as 9:1");
  }
  return gets / (gets + sets);
}

CacheOptions::Sizes parse_sizes(std::string_view text) {
  const auto dash = text.find('-', 1);
  try {
    const auto least = cli::parse_size(text.substr(0, dash));
    const auto most = dash == std::string_view::npos ? least : cli::parse_size(text.substr(dash + 1));
    if (least <= most) return {least, most};
  } catch (const std::invalid_argument&) {  // the same answer
  }
  throw std::invalid_argument("expected bytes such as 100, or from-to such as 64-4k");
}

std::string text_of(const CacheOptions::Sizes& sizes) {
  return sizes.least == sizes.most ? fmt::to_string(sizes.least) : fmt::format("{}-{}", sizes.least, sizes.most);
}

void check(const CacheOptions& options) {
  if (options.keys == 0 || options.keys > CacheItem::most_keys) {
    throw cli::UsageError(fmt::format("--keys {}: expected 1 to {}", options.keys, CacheItem::most_keys));
  }
  const auto digits = fmt::to_string(options.keys - 1).size();
  if (options.key_size < digits || options.key_size > eddy::memcache::key_limit) {
    throw cli::UsageError(fmt::format("--key-size {}: expected {} to {} bytes for {} keys", options.key_size, digits,
                                      eddy::memcache::key_limit, options.keys));
  }
  if (options.value_size.most > largest_message) {
    throw cli::UsageError(
        fmt::format("--value-size {}: expected at most {} bytes", text_of(options.value_size), largest_message));
  }
  if (options.verify && options.get_ratio == 0) throw cli::UsageError("--verify: expected gets, which are checked");
}

}  // namespace load
