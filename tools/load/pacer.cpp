#include "pacer.h"

#include <utility>

namespace load {
namespace {

// Sent in one go before the loop gets to read answers again.
constexpr int most_at_once = 1024;

}  // namespace

Pacer::Pacer(eddy::Loop& loop, const Schedule& schedule, Send send, eddy::Callback<void()> done)
    : loop_(loop), schedule_(schedule), send_(std::move(send)), done_(std::move(done)), timer_(loop, [this] {
        send_due();
      }) {
  timer_.start_at(schedule_.due(0));
}

void Pacer::stop() { timer_.cancel(); }

void Pacer::send_due() {
  for (int count = 0; count < most_at_once && !done(); ++count) {
    const auto now = loop_.clock();
    const auto due = schedule_.due(next_);
    if (due > now) break;
    send_(next_++, due, now);
  }
  if (done()) return done_();
  timer_.start_at(schedule_.due(next_));
}

}  // namespace load
