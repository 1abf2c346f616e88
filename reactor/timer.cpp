#include "reactor/timer.h"

#include <algorithm>
#include <utility>

#include "reactor/loop_core.h"

namespace eddy {

Timer::Timer(Loop& loop, Callback<void()> callback) : LoopMember(loop.core()), callback_(std::move(callback)) {}

Timer::~Timer() {
  cancel();
  if (destroyed_ != nullptr) *destroyed_ = true;
}

void Timer::start(Duration delay) {
  if (core_ != nullptr) start_at(deadline_after(core_->driver->clock(), delay));
}

void Timer::start_at(TimePoint when) {
  if (core_ == nullptr) return;
  core_->check_thread("Timer::start");
  period_ = Duration::zero();
  core_->wheel.insert(*this, when);
}

void Timer::start_every(Duration period) {
  start(std::max(period, Duration(1)));
  period_ = std::max(period, Duration(1));
  missed_ = 0;
}

void Timer::cancel() {
  if (core_ == nullptr) return;
  core_->check_thread("Timer::cancel");
  core_->wheel.remove(*this);
  period_ = Duration::zero();
}

void Timer::loop_ends() { cancel(); }

std::string Timer::what_it_is() const { return running() ? "a Timer that runs" : "a Timer that does not run"; }

void Timer::expired(TimePoint now) {
  if (period_ > Duration::zero()) {
    const auto skipped = std::max<Duration::rep>(0, (now - when()) / period_);
    missed_ += static_cast<std::uint64_t>(skipped);
    core_->wheel.insert(*this, deadline_after(when(), period_ * skipped + period_));
  }
  // The callback may destroy the timer, and with it itself: it runs from here.
  bool destroyed = false;
  destroyed_ = &destroyed;
  auto callback = std::move(callback_);
  core_->guarded([&] { callback(); });
  if (destroyed) return;
  destroyed_ = nullptr;
  callback_ = std::move(callback);
}

}  // namespace eddy
