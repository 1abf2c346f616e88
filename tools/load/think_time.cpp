#include "think_time.h"

#include <utility>

namespace load {

ThinkTime::ThinkTime(eddy::Loop& loop, Ready ready)
    : loop_(loop), ready_(std::move(ready)), timer_(loop, [this] { expired(); }) {}

void ThinkTime::start(eddy::Duration time, std::uint64_t requests) {
  waiting_.push_back({eddy::deadline_after(loop_.clock(), time), requests});
  if (!timer_.running()) timer_.start_at(waiting_.front().until);
}

void ThinkTime::expired() {
  const auto now = loop_.clock();
  std::uint64_t requests = 0;
  for (; !waiting_.empty() && waiting_.front().until <= now; waiting_.pop_front())
    requests += waiting_.front().requests;
  if (!waiting_.empty()) timer_.start_at(waiting_.front().until);
  if (requests > 0) ready_(requests);
}

}  // namespace load
