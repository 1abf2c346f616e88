// What `eddy-load cache` asks a memcached server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace load {

struct CacheOptions {
  std::uint64_t keys = 10'000;  // how many there are
  std::size_t key_size = 16;
  // Of the keys: rank k is asked for with a probability in proportion to 1 / (k + 1)^zipf; unset: all alike.
  std::optional<double> zipf = {};
  double get_ratio = 0.9;  // of the requests; the others are sets
  struct Sizes {
    std::size_t least = 100;
    std::size_t most = 100;
  };
  Sizes value_size = {};
  bool verify = false;   // the bytes of every hit
  bool preload = false;  // set every key before measuring
};

// As they are typed. Throw std::invalid_argument with what was expected.
std::optional<double> parse_distribution(std::string_view text);  // "uniform", "zipf", "zipf:0.8"
double parse_share(std::string_view text);                        // "0.9"
double parse_ratio(std::string_view text);                        // "9:1"
CacheOptions::Sizes parse_sizes(std::string_view text);           // "100", "64-4k"
std::string text_of(const CacheOptions::Sizes& sizes);

// Throws cli::UsageError.
void check(const CacheOptions& options);

}  // namespace load
