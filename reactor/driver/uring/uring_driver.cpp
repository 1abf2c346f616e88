#include "reactor/driver/uring/uring_driver.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace eddy::driver {
namespace {

constexpr ReceiveBuffers::Shape pieced_buffers{.count = 16, .size = 64 * 1024};
constexpr ReceiveBuffers::Shape whole_buffers{.count = 512, .size = 4 * 1024};

}  // namespace

UringDriver::UringDriver(Stats& stats, BlockPool& pool)
    : Driver(stats, pool),
      buffers_(ring_.native(), 0, pieced_buffers, whole_buffers),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_ < 0) throw std::system_error(errno, std::system_category(), "eventfd");
}

UringDriver::~UringDriver() {
  ::close(wake_);
  for (const auto& [operation, id, result, flags] : postponed_) {
    if (operation == Operation::accept && result >= 0) driver::close(result);
  }
}

// ---- waiting

bool UringDriver::ready() const {
  return !watching_wakes_ || !starved_.empty() || !visits_.empty() || !to_cancel_.empty() || !to_connect_.empty() ||
         !to_retry_.empty() || has_reports();
}

void UringDriver::wait(TimePoint deadline) {
  submit_all();
  auto timeout = Duration::zero();
  if (!has_reports() && deadline > now_) timeout = deadline == never ? unlimited : deadline - now_;
  if (!to_retry_.empty()) timeout = std::min(timeout, retry_interval);
  const auto before = std::exchange(postponed_, {});
  held_.insert(held_.end(), to_break_.begin(), to_break_.end());
  to_break_.clear();
  const auto completions = ring_.enter(timeout);
  refresh();
  report_connected();
  for (const auto& completion : before) complete(completion);
  for (const auto& completion : completions) complete(completion);
  end_batches();
  break_streams();
  retry_datagrams();
  report_datagram_errors();
}

void UringDriver::wake() noexcept {
  const std::uint64_t one = 1;
  // It fails only when 2^64 - 2 wakes are pending: then one more is not missed.
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

// Multishot, it completes at each write: the descriptor never needs to be read.
void UringDriver::watch_wakes() {
  if (watching_wakes_) return;
  watching_wakes_ = true;
  ring_.poll_changes(Operation::wake, {}, wake_, POLLIN);
}

// ---- handing over

void UringDriver::come_back_to(Endpoint& endpoint) {
  if (endpoint.in_ready_list || endpoint.id == Id{}) return;
  endpoint.in_ready_list = true;
  visits_.push_back(endpoint.id);
}

void UringDriver::submit_all() {
  watch_wakes();
  cancel_closed();
  submit_connects();
  for (const auto id : std::exchange(starved_, {})) {
    if (auto* endpoint = endpoints_.find(id)) submit(*endpoint);
  }
  visiting_.swap(visits_);
  for (const auto id : visiting_) {
    auto* endpoint = endpoints_.find(id);
    if (endpoint == nullptr) continue;
    endpoint->in_ready_list = false;
    submit(*endpoint);
  }
  visiting_.clear();
}

void UringDriver::cancel_closed() {
  for (const int descriptor : to_cancel_) ring_.cancel_all(descriptor);
  to_cancel_.clear();
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
  const auto bit = under_way(operation);
  if (wanted && (endpoint.armed & bit) == 0) {
    endpoint.armed |= bit;
    endpoint.flags = static_cast<std::uint8_t>(endpoint.flags & ~served);
    return true;
  }
  if (!wanted && (endpoint.armed & (bit | cancelling)) == bit) {
    endpoint.armed |= cancelling;
    ring_.cancel(operation, endpoint.id);
  }
  return false;
}

// ---- completions

void UringDriver::complete(const Completion& completion) {
  if (completion.operation == Operation::none) return;
  if (completion.operation == Operation::wake) {
    watching_wakes_ = completion.more();
    return;
  }
  auto* endpoint = endpoints_.find(completion.id);
  if (endpoint == nullptr) return completed_late(completion);
  if (!completion.more()) ask_again(*endpoint, completion);
  switch (endpoint->kind) {
    case Kind::stream: return completed(static_cast<Stream&>(*endpoint), completion);
    case Kind::acceptor: return completed(static_cast<Acceptor&>(*endpoint), completion);
    case Kind::datagrams: return completed(static_cast<Datagrams&>(*endpoint), completion);
    case Kind::watched: return completed(static_cast<Watched&>(*endpoint), completion);
  }
}

// What has ended may be wanted still, or again.
void UringDriver::ask_again(Endpoint& endpoint, const Completion& last) {
  const auto bit = under_way(last.operation);
  endpoint.armed = static_cast<std::uint8_t>(endpoint.armed & ~(bit | (bit == 1 ? cancelling : 0)));
  const bool wanted = (endpoint.flags & receiving) != 0 || endpoint.kind == Kind::watched;
  // One that asks first takes as many buffers as it can fill: those that got none go before those that got some.
  if (wanted && last.result == -ENOBUFS && (endpoint.flags & served) == 0) {
    starved_.push_back(endpoint.id);
  } else if (wanted || last.operation == Operation::hangup) {
    come_back_to(endpoint);
  }
}

bool UringDriver::is_late(const Completion& completion) {
  return completion.operation != Operation::none && completion.operation != Operation::wake &&
         endpoints_.find(completion.id) == nullptr;
}

void UringDriver::completed_late(const Completion& completion) {
  const bool has_buffer = (completion.flags & IORING_CQE_F_BUFFER) != 0;
  if (completion.operation == Operation::receive && has_buffer) {
    buffers_.received(completion.flags, completion.result > 0 ? static_cast<std::size_t>(completion.result) : 0);
    buffers_.release(completion.flags);
  } else if (completion.operation == Operation::receive_datagrams && has_buffer) {
    datagram_buffers_->release(completion.flags);
  } else if (completion.operation == Operation::accept && completion.result >= 0) {
    driver::close(completion.result);
  }
  const auto closing = closing_.find(completion.id.token());
  if (closing == closing_.end()) {
    if (completion.result != -ECANCELED) ++stats_.stale_events;
    return;
  }
  if (completion.more()) return;
  auto& stream = *closing->second;
  stream.armed = static_cast<std::uint8_t>(stream.armed & ~(under_way(completion.operation) | cancelling));
  if (stream.armed != 0) return;
  closing_.erase(closing);
  release(stream);
}

void UringDriver::release(Stream& stream) {
  driver::close(std::exchange(stream.socket, no_socket));
  stream.stream_released();
}

// ---- registration

void UringDriver::add(Endpoint& endpoint, NativeSocket socket, std::uint8_t flags) {
  if (endpoint.id == Id{}) endpoints_.add(endpoint);
  endpoint.socket = socket;
  endpoint.flags = flags;
  endpoint.armed = 0;
}

// Acceptors and datagram sockets end at once: their owner may destroy them, and bind the address anew.
void UringDriver::forget(Endpoint& endpoint) {
  if (endpoint.socket != no_socket) {
    const auto end = [&](Operation operation) {
      if ((endpoint.armed & under_way(operation)) != 0) ring_.cancel_and_wait(operation, endpoint.id);
    };
    if (endpoint.kind == Kind::acceptor) {
      end(Operation::accept);
    } else {
      end(Operation::receive_datagrams);
      end(Operation::writable);
    }
    driver::close(std::exchange(endpoint.socket, no_socket));
  }
  if (endpoint.id != Id{}) unix_paths_.erase(endpoint.id.slot);
  endpoint.flags = endpoint.armed = 0;
  endpoint.in_ready_list = false;
  endpoints_.remove(endpoint);
}

Address UringDriver::local_address(const Endpoint& endpoint) const {
  return local_address_of(endpoint.socket, endpoint.kind != Kind::datagrams);
}
Address UringDriver::peer_address(const Endpoint& endpoint) const {
  return peer_address_of(endpoint.socket, endpoint.kind != Kind::datagrams);
}

}  // namespace eddy::driver
