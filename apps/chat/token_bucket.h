// TokenBucket: so many at once, and so many a second on average.
#pragma once

#include <reactor/time.h>

#include <algorithm>
#include <chrono>

namespace chat {

class TokenBucket {
 public:
  TokenBucket(double burst, eddy::TimePoint now) : tokens_(burst), filled_at_(now) {}

  // Takes so many, also those that are not there yet. Answers how long it takes until there is one again: 0 when there
  // is one.
  eddy::Duration take(double count, eddy::TimePoint now, double rate, double burst) {
    const std::chrono::duration<double> passed = now - filled_at_;
    tokens_ = std::min(tokens_ + passed.count() * rate, burst) - count;
    filled_at_ = now;
    if (tokens_ >= 1) return eddy::Duration::zero();
    const std::chrono::duration<double> wait((1 - tokens_) / rate);
    return std::chrono::ceil<eddy::Duration>(std::min(wait, longest_wait));
  }

 private:
  static constexpr std::chrono::duration<double> longest_wait = std::chrono::hours(1);

  double tokens_;
  eddy::TimePoint filled_at_;
};

}  // namespace chat
