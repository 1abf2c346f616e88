#include "reactor/driver/uring/uring_driver.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <new>
#include <stdexcept>

#include "reactor/driver/uring/probe.h"

namespace eddy::driver {
namespace {

constexpr ReceiveBuffers::Shape pieced_buffers{.count = 16, .size = 64 * 1024};
constexpr ReceiveBuffers::Shape whole_buffers{.count = 512, .size = 4 * 1024};

constexpr std::size_t most_deliveries = 1024;  // of one wait
constexpr std::size_t most_inbox_kept = 4096;  // completions: 200 KiB

}  // namespace

UringDriver::UringDriver(Stats& stats, BlockPool& pool)
    : Driver(stats, pool),
      buffers_(ring_.native(), 0, pieced_buffers, whole_buffers),
      receive_bound_(uring_bounds_receives() ? 64 * 1024 : 0),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_ < 0) throw std::system_error(errno, std::system_category(), "eventfd");
  inbox_.reserve(most_deliveries);  // so that steady traffic allocates nothing
}

UringDriver::~UringDriver() {
  ::close(wake_);
  if (in_child()) ring_.abandon();  // before the buffers go, which would withdraw them from the parent's ring
  if (!ring_.abandoned()) take();
  for (auto i = next_in_inbox_; i < inbox_.size(); ++i) {
    if (inbox_[i].operation == Operation::accept && inbox_[i].result >= 0) driver::close(inbox_[i].result);
  }
}

// ---- waiting

TimePoint UringDriver::next_deadline() const {
  // An outer loop hears of what has come since the notices were cleared; what had come before is still in the ring.
  const bool has_notice = notices_ != nullptr && ring_.has_completions();
  const bool to_report =
      !inbox_.empty() || !connected_at_once_.empty() || !reporting_.empty() || !broken_.empty() || !ended_.empty();
  const bool to_submit = has_notice || !watching_wakes_ || !to_submit_.empty() || !starved_.empty() ||
                         !submitting_.empty() || !submitting_starved_.empty() || !to_cancel_.empty() ||
                         !to_connect_.empty();
  if (to_report) return TimePoint::min();
  if (shortage_.why()) return std::min(shortage_.retry_at(), sender_.next_deadline());
  return to_submit ? TimePoint::min() : sender_.next_deadline();
}

// After a shortage nothing is waited for before an enter has succeeded.
void UringDriver::enter(TimePoint deadline) {
  auto shortage = submit_all();
  deadline = std::min(deadline, next_deadline());
  auto timeout = Duration::zero();
  if (!shortage && !shortage_.why() && deadline > now_) timeout = deadline == never ? unlimited : deadline - now_;
  if (const auto error = ring_.enter(timeout)) shortage = error;
  if (notices_) notices_->clear();
  const auto before = inbox_.size();
  take();
  refresh();
  if (!shortage) {
    shortage_.end();
  } else if (inbox_.size() == before) {  // else there may be room by now
    begin_shortage(shortage);
  }
}

void UringDriver::wait(TimePoint deadline) {
  if (shortage_.retry_at() > now_) {
    shortage_.sleep(std::min(deadline, next_deadline()));
    refresh();
  }
  if (shortage_.retry_at() <= now_) enter(deadline);
  release_ended();
  report_connected();
  deliver_some();
  report_broken();
  sender_.report_errors();
  sender_.retry(
      now_, [this] { return clock(); },
      [this](Datagrams& socket) {
        flush(socket);
        if (socket.receive_failures >= Datagrams::lasting) come_back_to(socket);
      });
}

void UringDriver::wake() noexcept {
  const std::uint64_t one = 1;
  // It fails only when 2^64 - 2 wakes are pending: then one more is not missed.
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

std::optional<int> UringDriver::descriptor() {
  if (!notices_) {
    notices_ = std::make_unique<Notices>(ring_, wake_);
    endpoints_.for_each([this](Endpoint& endpoint) {
      if (endpoint.kind == Kind::watched)
        notices_->follow(endpoint.socket, interest_of(static_cast<Watched&>(endpoint)));
    });
  }
  return notices_->descriptor();
}

// What is asked of a ring comes from one process and one thread.
void UringDriver::register_anew() {
  throw std::logic_error(
      "eddy: Loop::after_fork cannot work on io_uring: the ring stays the parent's. Expected a new Loop in the child, "
      "and sockets that are to go there to be released before the fork (ListenerBase::release, Connection::release)");
}

// The poll is multishot and completes at each write: only an outer loop needs the descriptor to be read.
void UringDriver::watch_wakes() {
  if (watching_wakes_) return;
  ring_.poll_changes(Operation::wake, {}, wake_, POLLIN);
  watching_wakes_ = true;
}

// ---- handing over

void UringDriver::note_asked(Endpoint& endpoint, Operation operation) {
  endpoint.armed |= bit_of(operation);
  endpoint.expected |= bit_of(operation);
}

void UringDriver::come_back_to(Endpoint& endpoint) {
  if (!endpoint.DriverNode::linked() && endpoint.id != Id{}) to_submit_.push_back(endpoint);
}

// What is not submitted for want of memory stays noted.
std::error_code UringDriver::submit_all() {
  try {
    submit_noted();
    return {};
  } catch (const std::bad_alloc&) {
    return std::make_error_code(std::errc::not_enough_memory);
  } catch (const std::system_error& failure) {
    if (!Shortage::is(failure.code())) throw;
    return failure.code();
  }
}

void UringDriver::submit_noted() {
  watch_wakes();
  cancel_closed();
  submit_connects();
  submit_listed(starved_, submitting_starved_);
  submit_listed(to_submit_, submitting_);
}

void UringDriver::submit_listed(Endpoints& listed, Endpoints& submitting) {
  submitting.take_all(listed);
  while (!submitting.empty()) {
    auto& endpoint = submitting.pop_front();
    try {
      submit(endpoint);
    } catch (...) {
      come_back_to(endpoint);
      throw;
    }
  }
}

void UringDriver::cancel_closed() {
  while (!to_cancel_.empty()) {
    auto& endpoint = to_cancel_.pop_front();
    try {
      ring_.cancel_all(endpoint.socket);
    } catch (...) {
      to_cancel_.push_back(endpoint);
      throw;
    }
    closing_.push_back(endpoint);
  }
}

void UringDriver::submit(Endpoint& endpoint) {
  switch (endpoint.kind) {
    case Kind::stream: return submit(static_cast<Stream&>(endpoint));
    case Kind::acceptor: return submit(static_cast<Acceptor&>(endpoint));
    case Kind::datagrams: return submit(static_cast<Datagrams&>(endpoint));
    case Kind::watched: return submit(static_cast<Watched&>(endpoint));
  }
}

bool UringDriver::start_receiving(Endpoint& endpoint, Operation operation, bool wanted) {
  const auto bit = bit_of(operation);
  if (wanted && (endpoint.armed & bit) == 0) {
    AnyFlags(endpoint).clear(AnyFlag::served);
    return true;
  }
  if (!wanted && (endpoint.armed & (bit | cancelling)) == bit) {
    ring_.cancel(operation, endpoint.id);
    endpoint.armed |= cancelling;
  }
  return false;
}

// ---- taking and delivering

// A child sees its parent's completions, and would take them away from it.
void UringDriver::take() {
  if (in_child()) return;
  ring_.take(inbox_);
  for (; noted_in_inbox_ < inbox_.size(); ++noted_in_inbox_) {
    if (!inbox_[noted_in_inbox_].more) note_end(inbox_[noted_in_inbox_]);
  }
}

void UringDriver::note_end(const Completion& last) {
  const auto bit = bit_of(last.operation);
  if (bit == 0) return;
  if (auto* endpoint = endpoints_.find(last.id)) {
    assert((endpoint->expected & bit) != 0);
    endpoint->expected = without(endpoint->expected, bit);
  } else if (auto* closed = endpoints_.find_retired(last.id)) {
    closed->expected = without(closed->expected, bit);
    if (closed->expected != 0) return;
    endpoints_.free(last.id);
    closed->DriverNode::unlink();
    ended_.push_back(*closed);
  }
}

void UringDriver::release_ended() {
  while (!ended_.empty()) {
    auto& stream = static_cast<Stream&>(ended_.pop_front());
    driver::close(std::exchange(stream.socket, no_socket));
    stream.stream_released();
  }
}

void UringDriver::deliver_some() {
  for (std::size_t i = 0; i < most_deliveries && next_in_inbox_ < inbox_.size(); ++i) {
    const auto completion = inbox_[next_in_inbox_++];  // a copy: callbacks may take more
    deliver(completion);
  }
  end_batch();
  forget_delivered();
}

// Also when there is always more: the inbox must not grow for ever. Moving the rest costs less than it took to deliver
// what was before it.
void UringDriver::forget_delivered() {
  if (next_in_inbox_ < inbox_.size() - next_in_inbox_) return;
  inbox_.erase(inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(next_in_inbox_));
  noted_in_inbox_ -= std::exchange(next_in_inbox_, 0);
  if (!inbox_.empty() || inbox_.capacity() <= most_inbox_kept) return;
  try {
    std::vector<Completion> usual;
    usual.reserve(most_deliveries);
    inbox_.swap(usual);
  } catch (const std::bad_alloc&) {
    // The large one does as well.
  }
}

void UringDriver::deliver(const Completion& completion) {
  // Its buffer goes back when the callback has returned.
  struct Release {
    ~Release() { completion.release(); }
    const Completion& completion;
  } const release{completion};
  if (completion.operation == Operation::none) return;
  if (completion.operation == Operation::wake) {
    watching_wakes_ = completion.more;
    if (completion.result >= 0 || is_void(completion.result)) return;
    const std::error_code error{-completion.result, std::system_category()};
    if (!Shortage::is(error)) throw std::system_error(error, "io_uring: poll");
    return begin_shortage(error);
  }
  if (batch_ != Id{} && batch_ != completion.id) end_batch();
  auto* endpoint = endpoints_.find(completion.id);
  if (endpoint == nullptr) return deliver_late(completion);
  if (!completion.more) ask_again(*endpoint, completion);
  switch (endpoint->kind) {
    case Kind::stream: return delivered(static_cast<Stream&>(*endpoint), completion);
    case Kind::acceptor: return delivered(static_cast<Acceptor&>(*endpoint), completion);
    case Kind::datagrams: return delivered(static_cast<Datagrams&>(*endpoint), completion);
    case Kind::watched: return delivered(static_cast<Watched&>(*endpoint), completion);
  }
}

// The completion's endpoint is gone, or closed.
void UringDriver::deliver_late(const Completion& completion) {
  if (completion.operation == Operation::accept && completion.result >= 0) driver::close(completion.result);
  if (completion.result != -ECANCELED) ++stats_.stale_events;
}

// An operation that has ended may still be wanted, or be wanted again.
void UringDriver::ask_again(Endpoint& endpoint, const Completion& last) {
  const auto bit = bit_of(last.operation);
  endpoint.armed = without(endpoint.armed, bit == 1 ? bit | cancelling : bit);
  const AnyFlags flags(endpoint);
  const bool wanted = flags.has(AnyFlag::receiving) || endpoint.kind == Kind::watched;
  // An endpoint that asks first takes as many buffers as it can fill: those that got none go before those that got
  // some.
  if (wanted && last.result == -ENOBUFS && !flags.has(AnyFlag::served)) {
    endpoint.DriverNode::unlink();
    starved_.push_back(endpoint);
  } else if (wanted || last.operation == Operation::changes) {
    come_back_to(endpoint);
  }
}

}  // namespace eddy::driver
