// Stats: what a loop counts, always. Plain counters of the loop's thread; read them on that thread (or post).
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "reactor/time.h"

namespace eddy {

// Why connections ended, coarse enough to count. The exact error_code goes to on_close and the observer.
enum class CloseReason : std::uint8_t {
  clean,  // both directions ended in order
  reset,  // ECONNRESET, EPIPE and their like
  aborted,
  connect_failed,  // refused, unreachable, connect deadline
  idle,
  write_stalled,
  lifetime,
  drain_deadline,
  limit,  // input_limit, output_limit, message_too_long
  malformed,
  callback_threw,
  loop_gone,
  other,  // any other error
};
inline constexpr std::size_t close_reasons = static_cast<std::size_t>(CloseReason::other) + 1;

CloseReason close_reason(std::error_code error);
std::string_view to_string(CloseReason reason);

// Powers of two of nanoseconds: bucket i counts durations in [2^(i-1), 2^i), bucket 0 those of 0 ns.
class LagHistogram {
 public:
  void add(Duration lag) {
    const auto nanoseconds = lag.count() > 0 ? static_cast<std::uint64_t>(lag.count()) : 0;
    ++buckets_[static_cast<std::size_t>(64 - std::countl_zero(nanoseconds))];
    ++count_;
    if (lag > max_) max_ = lag;
  }
  std::uint64_t count() const { return count_; }
  Duration max() const { return max_; }
  // An upper bound of the quantile (0 to 1), within a factor of two.
  Duration quantile(double q) const;
  const std::array<std::uint64_t, 65>& buckets() const { return buckets_; }
  LagHistogram& operator+=(const LagHistogram& other);

 private:
  std::array<std::uint64_t, 65> buckets_{};
  std::uint64_t count_ = 0;
  Duration max_{0};
};

struct Stats {
  // Connections
  std::uint64_t open = 0;  // now: from accept or connect() to on_close
  std::uint64_t accepted = 0;
  std::uint64_t connected = 0;      // outgoing, successfully, and adopted
  std::uint64_t refused = 0;        // by max_connections, a host's limit, or a listener's factory
  std::uint64_t shed = 0;           // at descriptor exhaustion, by way of the reserve descriptor
  std::uint64_t accept_errors = 0;  // accepts that failed: for a shortage, or because the connection was gone
  std::array<std::uint64_t, close_reasons> closed{};

  // Traffic
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t messages_in = 0;   // deliveries to on_data, and datagrams
  std::uint64_t messages_out = 0;  // sends that were accepted, and datagrams
  std::uint64_t sends_refused = 0;
  std::uint64_t datagrams_truncated = 0;     // longer than 64 KiB, dropped
  std::uint64_t datagrams_in_combined = 0;   // that the kernel delivered several of as one message (UDP_GRO)
  std::uint64_t datagrams_out_combined = 0;  // that left several as one message (UDP_SEGMENT)
  std::uint64_t datagram_errors = 0;         // sends or receives that the system refused, and the truncated

  // The loop itself
  std::uint64_t turns = 0;
  std::uint64_t wait_errors = 0;   // waits that the system had no memory for; each was tried again
  std::uint64_t stale_events = 0;  // events for an endpoint that was gone already, dropped
  std::uint64_t exceptions = 0;    // that left a callback
  std::uint64_t posts = 0;
  std::uint64_t memory = 0;  // bytes now held in queued output and kept input
  LagHistogram lag;          // how long each turn kept others waiting: from the end of its wait to its end

  std::uint64_t closed_total() const {
    std::uint64_t sum = 0;
    for (const auto count : closed) sum += count;
    return sum;
  }
  Stats& operator+=(const Stats& other);
};

}  // namespace eddy
