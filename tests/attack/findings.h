// What was sent, and what was found wrong. Several threads write it.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace attack {

struct Totals {
  std::atomic<std::uint64_t> connections = 0;
  std::atomic<std::uint64_t> refused = 0;  // could not connect
  std::atomic<std::uint64_t> datagrams = 0;
  std::atomic<std::uint64_t> bytes_out = 0;
  std::atomic<std::uint64_t> bytes_in = 0;
  std::atomic<std::uint64_t> writes = 0;
  std::atomic<std::uint64_t> mutated_writes = 0;
  std::atomic<std::uint64_t> mutations = 0;
  std::atomic<std::uint64_t> round_trips = 0;  // of the good clients
  std::atomic<std::uint64_t> rehashes = 0;
  std::atomic<std::uint64_t> runs = 0;  // of eddy-load

  std::string text() const;
};

class Findings {
 public:
  // Kept up to a limit: the first ones say what is wrong.
  void add(const std::string& what);
  bool any() const { return any_; }
  std::vector<std::string> all() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
  std::atomic<bool> any_ = false;
};

}  // namespace attack
