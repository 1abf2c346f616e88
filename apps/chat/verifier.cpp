#include "apps/chat/verifier.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace chat {
namespace {

constexpr std::size_t most_marks = 1000;

}  // namespace

Verifier::~Verifier() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (worker_.joinable()) worker_.join();
}

std::uint64_t Verifier::check(std::string password, const PasswordHash& expected, std::string who, bool remembered,
                              Done done) {
  const auto number = ++last_number_;
  waiting_->emplace(number, std::move(done));
  {
    const auto mark = mark_of(password, expected);
    const std::lock_guard lock(mutex_);
    auto round = last_round_ + served_.count(who);
    for (const auto& job : jobs_) round = job.who == who ? job.round + 1 : round;
    if (remembered && right_.count(mark) > 0) {
      who.clear();  // of all such, in the order of their coming
      round = 0;
    }
    const auto next = std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& job) { return job.round > round; });
    by_number_[number] = jobs_.insert(next, {.number = number,
                                             .who = std::move(who),
                                             .round = round,
                                             .remembered = remembered,
                                             .password = std::move(password),
                                             .expected = expected});
  }
  if (!worker_.joinable()) worker_ = std::thread([this] { work(); });
  changed_.notify_one();
  return number;
}

void Verifier::cancel(std::uint64_t number) {
  waiting_->erase(number);
  const std::lock_guard lock(mutex_);
  const auto at = by_number_.find(number);
  if (at == by_number_.end()) return;
  jobs_.erase(at->second);
  by_number_.erase(at);
}

void Verifier::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (ending_) return;
    const auto job = std::move(jobs_.front());
    jobs_.pop_front();
    by_number_.erase(job.number);
    if (job.round > 0) {
      if (std::exchange(last_round_, job.round) != job.round) served_.clear();
      served_.insert(job.who);
    }
    lock.unlock();
    bool right = false;
    try {
      right = verify_password(job.password, job.expected);
    } catch (const std::exception&) {
      // What cannot be verified is not right.
    }
    if (right && job.remembered) remember(mark_of(job.password, job.expected));
    // The task may run when this Verifier is gone: then so is what it would have called.
    remote_.post([waiting = std::weak_ptr(waiting_), number = job.number, right] {
      const auto all = waiting.lock();
      if (!all) return;
      auto node = all->extract(number);
      if (!node.empty()) node.mapped()(right);
    });
    lock.lock();
  }
}

void Verifier::remember(std::uint64_t mark) {
  const std::lock_guard lock(mutex_);
  if (right_.size() >= most_marks) right_.clear();
  right_.insert(mark);
}

std::uint64_t Verifier::mark_of(const std::string& password, const PasswordHash& expected) const {
  return hash_(expected.to_string() + ' ' + password);
}

}  // namespace chat
