// What protocols count of their own, in Results.
#pragma once

#include <cstdint>
#include <map>

namespace load {

struct CacheCounts {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t sets = 0;  // stored

  CacheCounts& operator+=(const CacheCounts& other) {
    hits += other.hits;
    misses += other.misses;
    sets += other.sets;
    return *this;
  }
};

struct HttpCounts {
  std::map<int, std::uint64_t> status;  // answers by code

  HttpCounts& operator+=(const HttpCounts& other) {
    for (const auto& [code, count] : other.status) status[code] += count;
    return *this;
  }
};

}  // namespace load
