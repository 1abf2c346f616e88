#include "run.h"

#include <fmt/format.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "../pacer.h"
#include "../process.h"
#include "../schedule.h"
#include "../text.h"
#include "deliveries.h"
#include "member.h"
#include "message_text.h"
#include "progress.h"

namespace load::chat {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_outstanding = 1'000'000;  // messages, each of which is kept
constexpr auto leaving_patience = 5s;                // all are told of each one that quits

class Run final : public Member::Observer {
 public:
  Run(const Settings& settings, const std::vector<eddy::Address>& targets);
  Results go();

 private:
  enum class Phase { join, speak, settle, leave };

  // Member::Observer
  void joined(Member& member) override;
  void saw_a_join(Member& member) override;
  void heard(Member& member, std::string_view who, std::string_view text) override;
  void ended(Member& member, const std::string& why) override;

  void set_out(Member& member);
  void join_more();
  void begin_when_all_are_in();
  void speak();
  void say(eddy::TimePoint due, eddy::TimePoint now);
  void after_delivery();
  void give_up_overdue();
  void time_is_up();
  void settle();
  void leave();
  void lose_the_rest();
  void abort_all();
  void interrupt();
  void take_figures();
  void throw_if_nothing_was_measured() const;

  const Settings& settings_;
  Results results_;
  eddy::Loop loop_;
  std::string target_;
  Member sender_;
  std::vector<std::unique_ptr<Member>> receivers_;
  MessageText text_;
  std::optional<Deliveries> deliveries_;  // once all are in

  Phase phase_ = Phase::join;
  eddy::Timer timer_;             // of the phase
  eddy::Timer ramp_;              // until the next one may set out
  eddy::Timer expiry_;            // of the oldest message that somebody has not got
  std::size_t set_out_ = 0;       // receivers
  std::size_t joining_ = 0;       // receivers on their way
  std::uint64_t joins_seen_ = 0;  // by the sender
  std::size_t connections_ = 0;   // that have not ended
  std::string why_no_sender_;
  bool blind_ = false;  // the sender did not see all join
  bool time_up_ = false;
  eddy::TimePoint set_out_at_{};
  eddy::TimePoint stopped_{};  // speaking
  std::uint64_t bytes_in_before_ = 0;
  std::uint64_t bytes_out_before_ = 0;
  CpuTime cpu_before_;
  std::optional<Schedule> schedule_;
  std::optional<Pacer> pacer_;
  std::optional<Progress> progress_;
};

Run::Run(const Settings& settings, const std::vector<eddy::Address>& targets)
    : settings_(settings),
      loop_({.driver = settings.driver}),
      target_(targets.size() == 1 ? targets.front().to_string() : settings.url),
      sender_(loop_, settings, *this, sender_number),
      text_(settings.seed, settings.size),
      timer_(loop_, [this] { time_is_up(); }),
      ramp_(loop_, [this] { join_more(); }),
      expiry_(loop_, [this] { give_up_overdue(); }) {
  results_.target = settings.url;
  results_.driver = loop_.driver().name;
  receivers_.reserve(settings.receivers);
  for (std::size_t i = 1; i <= settings.receivers; ++i) {
    receivers_.push_back(std::make_unique<Member>(loop_, settings, *this, i));
  }
  for (const int signal : {SIGINT, SIGTERM}) loop_.on_signal(signal, [this](int) { interrupt(); });
  if (settings.progress) progress_.emplace(loop_, settings, results_);
}

Results Run::go() {
  loop_.post([this] {
    set_out_at_ = loop_.clock();
    set_out(sender_);
  });
  loop_.run();
  progress_.reset();
  throw_if_nothing_was_measured();
  return std::move(results_);
}

void Run::throw_if_nothing_was_measured() const {
  if (results_.sent > 0 || results_.interrupted) return;
  if (!why_no_sender_.empty()) {
    throw std::runtime_error(fmt::format("{}: the sender did not join: {}", settings_.url, why_no_sender_));
  }
  if (blind_) {
    throw std::runtime_error(fmt::format("{}: the sender saw {} of {} receivers join within {}", settings_.url,
                                         joins_seen_, results_.joined, time_text(settings_.join_timeout)));
  }
  if (results_.joined == 0 && !results_.not_joined.empty()) {
    const auto& [why, count] = *results_.not_joined.begin();
    throw std::runtime_error(
        fmt::format("{}: no receiver joined: {} ({} of {})", settings_.url, why, count, settings_.receivers));
  }
}

// ---- what the members tell

void Run::joined(Member& member) {
  if (phase_ != Phase::join) return;
  if (&member != &sender_) {
    --joining_;
    ++results_.joined;
  } else if (const auto peer = member.peer_address(); !peer.is_unnamed() && peer.is_ip()) {
    // A name with several addresses: the others go where the first one got through, without looking it up again.
    target_ = peer.to_string();
  }
  join_more();
}

void Run::saw_a_join(Member& member) {
  if (&member != &sender_) return;
  ++joins_seen_;
  if (phase_ == Phase::join) begin_when_all_are_in();
}

void Run::heard(Member& member, std::string_view who, std::string_view text) {
  if (&member == &sender_ || !deliveries_) return;
  if (who != sender_.nick()) return void(++results_.foreign);
  deliveries_->heard(member.number() - 1, text, loop_.clock());
  after_delivery();
}

void Run::ended(Member& member, const std::string& why) {
  --connections_;
  if (phase_ == Phase::leave) {
    if (connections_ == 0) loop_.stop();
    return;
  }
  if (&member == &sender_) {
    if (phase_ == Phase::join) {
      why_no_sender_ = why;
      return loop_.stop();
    }
    count(results_.errors, "sender: " + why);
    return settle();
  }
  if (phase_ != Phase::join) {
    count(results_.errors, why);
    deliveries_->gone(member.number() - 1);
    if (deliveries_->present() == 0) return settle();
    return after_delivery();
  }
  count(results_.not_joined, why);
  member.was_in_channel() ? --results_.joined : --joining_;
  join_more();
}

// ---- join

void Run::set_out(Member& member) {
  ++connections_;
  member.join(target_);
}

void Run::join_more() {
  while (set_out_ < receivers_.size() && joining_ < settings_.joining) {
    if (settings_.ramp) {
      const auto due =
          set_out_at_ +
          eddy::Duration(static_cast<eddy::Duration::rep>(1e9 * static_cast<double>(set_out_ + 1) / *settings_.ramp));
      if (loop_.clock() < due) return ramp_.start_at(due);
    }
    ++joining_;
    set_out(*receivers_[set_out_++]);
  }
  begin_when_all_are_in();
}

// All have been told that they are in; when the sender has been told it of each, too, so has its server.
void Run::begin_when_all_are_in() {
  if (set_out_ < receivers_.size() || joining_ > 0) return;
  if (results_.joined == 0) return loop_.stop();
  if (joins_seen_ >= results_.joined) return speak();
  if (!timer_.running()) timer_.start(settings_.join_timeout);
}

// ---- speak

void Run::speak() {
  phase_ = Phase::speak;
  deliveries_.emplace(settings_, results_, receivers_.size());
  for (std::size_t i = 0; i < receivers_.size(); ++i) {
    if (!receivers_[i]->in_channel()) deliveries_->gone(i);
  }
  cpu_before_ = cpu_time();
  bytes_in_before_ = loop_.stats().bytes_in;
  bytes_out_before_ = loop_.stats().bytes_out;
  const auto now = loop_.clock();
  results_.began = now;
  results_.join_time = now - set_out_at_;
  timer_.start_at(eddy::deadline_after(now, settings_.duration));
  if (progress_) progress_->measuring(now);
  if (!settings_.rate) return say(now, now);
  schedule_.emplace(now, *settings_.rate, 1, settings_.duration);
  pacer_.emplace(
      loop_, *schedule_, [this](std::uint64_t, eddy::TimePoint due, eddy::TimePoint at) { say(due, at); },
      [this] {
        if (time_up_) settle();
      });
}

void Run::say(eddy::TimePoint due, eddy::TimePoint now) {
  if (settings_.rate && sender_.has_output()) ++results_.held_back;
  const auto text = text_.write(results_.sent, due);
  if (deliveries_->outstanding() == most_outstanding || sender_.say(text) == eddy::SendResult::refused) {
    ++results_.unsent;
    return;
  }
  deliveries_->said(text, due, now);
  if (settings_.rate) results_.send_lag.record(now - due);
  if (!expiry_.running()) expiry_.start_at(eddy::deadline_after(now, settings_.timeout));
}

void Run::after_delivery() {
  if (deliveries_->outstanding() > 0) return;
  if (phase_ == Phase::settle) return leave();
  if (phase_ != Phase::speak || settings_.rate) return;
  const auto now = loop_.clock();
  say(now, now);
}

void Run::give_up_overdue() {
  for (const auto index : deliveries_->overdue(loop_.clock() - settings_.timeout)) {
    deliveries_->gone(index);
    receivers_[index]->fail("no delivery for " + time_text(settings_.timeout));
  }
  if (deliveries_->outstanding() > 0) {
    expiry_.start_at(eddy::deadline_after(deliveries_->oldest_said(), settings_.timeout));
  }
  if (deliveries_->present() == 0) return settle();
  after_delivery();
}

// ---- settle and leave

void Run::time_is_up() {
  if (phase_ == Phase::join) {
    blind_ = true;
    loop_.stop();
  } else if (phase_ == Phase::speak) {
    // All that was due by now is said first, however late, but for what not even the grace is enough for.
    const bool in_time = !std::exchange(time_up_, true);
    if (pacer_ && !pacer_->done() && in_time) return timer_.start(settings_.grace);
    settle();
  } else if (phase_ == Phase::settle) {
    lose_the_rest();
    leave();
  } else {
    abort_all();
  }
}

void Run::settle() {
  if (phase_ != Phase::speak) return;
  phase_ = Phase::settle;
  stopped_ = loop_.clock();
  if (pacer_) {
    pacer_->stop();
    results_.unsent += schedule_->due_by(stopped_) - pacer_->sent();
  }
  timer_.start(settings_.grace);
  after_delivery();
}

void Run::lose_the_rest() {
  for (std::size_t i = 0; i < receivers_.size(); ++i) deliveries_->gone(i);
}

void Run::leave() {
  phase_ = Phase::leave;
  take_figures();
  expiry_.cancel();
  if (connections_ == 0) return loop_.stop();
  timer_.start(leaving_patience);
  sender_.quit();
  for (const auto& receiver : receivers_) receiver->quit();
}

void Run::abort_all() {
  sender_.abort();
  for (const auto& receiver : receivers_) receiver->abort();
}

void Run::interrupt() {
  const bool again = std::exchange(results_.interrupted, true);
  if (phase_ == Phase::speak) return settle();
  if (phase_ != Phase::join && !again) return;  // is ending already
  if (phase_ == Phase::settle) {
    lose_the_rest();
    leave();
  }
  abort_all();
  loop_.stop();
}

void Run::take_figures() {
  results_.elapsed = std::max(stopped_, deliveries_->last_heard()) - results_.began;
  results_.cpu = cpu_time() - cpu_before_;
  results_.bytes_in = loop_.stats().bytes_in - bytes_in_before_;
  results_.bytes_out = loop_.stats().bytes_out - bytes_out_before_;
}

}  // namespace

Results run(const Settings& settings, const std::vector<eddy::Address>& targets) {
  need_sockets(settings.receivers + 1);
  return Run(settings, targets).go();
}

}  // namespace load::chat
