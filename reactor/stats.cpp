#include "reactor/stats.h"

#include <algorithm>
#include <cmath>

#include "reactor/error.h"

namespace eddy {

CloseReason close_reason(std::error_code error) {
  if (!error) return CloseReason::clean;
  if (error.category() == error_category()) {
    switch (static_cast<Errc>(error.value())) {
      case Errc::aborted: return CloseReason::aborted;
      case Errc::connect_timeout: return CloseReason::connect_failed;
      case Errc::idle_timeout: return CloseReason::idle;
      case Errc::write_stalled:
      case Errc::output_cut: return CloseReason::write_stalled;
      case Errc::lifetime_ended: return CloseReason::lifetime;
      case Errc::drain_deadline: return CloseReason::drain_deadline;
      case Errc::input_limit:
      case Errc::output_limit:
      case Errc::message_too_long: return CloseReason::limit;
      case Errc::malformed_message: return CloseReason::malformed;
      case Errc::callback_threw:
      case Errc::consumed_too_much: return CloseReason::callback_threw;
      case Errc::loop_gone: return CloseReason::loop_gone;
      case Errc::bad_address:
      case Errc::not_a_socket:
      case Errc::released:
      case Errc::datagram_too_long: return CloseReason::other;
    }
  }
  if (error == std::errc::connection_refused) return CloseReason::connect_failed;
  if (error == std::errc::connection_reset || error == std::errc::broken_pipe ||
      error == std::errc::connection_aborted) {
    return CloseReason::reset;
  }
  return CloseReason::other;
}

std::string_view to_string(CloseReason reason) {
  switch (reason) {
    case CloseReason::clean: return "clean";
    case CloseReason::reset: return "reset";
    case CloseReason::aborted: return "aborted";
    case CloseReason::connect_failed: return "connect failed";
    case CloseReason::idle: return "idle";
    case CloseReason::write_stalled: return "write stalled";
    case CloseReason::lifetime: return "lifetime";
    case CloseReason::drain_deadline: return "drain deadline";
    case CloseReason::limit: return "limit";
    case CloseReason::malformed: return "malformed";
    case CloseReason::callback_threw: return "callback threw";
    case CloseReason::loop_gone: return "loop gone";
    case CloseReason::other: return "other";
  }
  return "unknown";
}

Duration LagHistogram::quantile(double q) const {
  const auto rank = static_cast<std::uint64_t>(std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank && seen > 0) {
      const auto bound = bucket == 0 ? 0 : bucket >= 63 ? Duration::max().count() : (std::int64_t{1} << bucket) - 1;
      return std::min(Duration(bound), max_);
    }
  }
  return max_;
}

LagHistogram& LagHistogram::operator+=(const LagHistogram& other) {
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) buckets_[bucket] += other.buckets_[bucket];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  return *this;
}

Stats& Stats::operator+=(const Stats& other) {
  open += other.open;
  accepted += other.accepted;
  connected += other.connected;
  refused += other.refused;
  shed += other.shed;
  accept_errors += other.accept_errors;
  for (std::size_t reason = 0; reason < closed.size(); ++reason) closed[reason] += other.closed[reason];
  bytes_in += other.bytes_in;
  bytes_out += other.bytes_out;
  messages_in += other.messages_in;
  messages_out += other.messages_out;
  sends_refused += other.sends_refused;
  datagrams_truncated += other.datagrams_truncated;
  datagrams_in_combined += other.datagrams_in_combined;
  datagrams_out_combined += other.datagrams_out_combined;
  datagram_errors += other.datagram_errors;
  turns += other.turns;
  wait_errors += other.wait_errors;
  stale_events += other.stale_events;
  exceptions += other.exceptions;
  posts += other.posts;
  memory += other.memory;
  lag += other.lag;
  return *this;
}

}  // namespace eddy
