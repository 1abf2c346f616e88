// What UringDriver knows of its sockets, and how it lets go of them: of one, or of all when the loop comes to rest.
#include <algorithm>
#include <array>
#include <cassert>
#include <new>
#include <thread>
#include <utility>

#include "reactor/driver/datagram_segments.h"
#include "reactor/driver/descriptor_passing.h"
#include "reactor/driver/uring/uring_driver.h"

namespace eddy::driver {
namespace {

constexpr Duration between_attempts = std::chrono::milliseconds(1);

// Operations that hold the socket of an acceptor, datagram socket or watch.
constexpr std::array holding{Operation::accept, Operation::receive_datagrams, Operation::writable, Operation::watch};

bool belongs_to(Operation operation, Kind kind) {
  switch (operation) {
    case Operation::accept: return kind == Kind::acceptor;
    case Operation::watch: return kind == Kind::watched;
    default: return kind == Kind::datagrams;
  }
}

}  // namespace

void UringDriver::add(Endpoint& endpoint, BoundSocket socket) {
  if (endpoint.id == Id{}) endpoints_.add(endpoint);
  if (!watches_.empty()) end_watch_of(socket.get());
  keep_path(endpoint, std::move(socket.path));
  endpoint.socket = socket.release();
  endpoint.flags = endpoint.broken_by = 0;
  assert(endpoint.armed == 0 && endpoint.expected == 0);
}

// Calls `visit(operation)` for what is under way on an acceptor, a datagram socket or a watch.
template <class Visit>
void UringDriver::for_each_held(const Endpoint& endpoint, Visit visit) {
  for (const auto operation : holding) {
    if (belongs_to(operation, endpoint.kind) && (endpoint.expected & bit_of(operation)) != 0) visit(operation);
  }
}

bool UringDriver::is_held() {
  bool held = false;
  endpoints_.for_each(
      [&](const Endpoint& endpoint) { held |= endpoint.kind != Kind::stream && endpoint.expected != 0; });
  return held;
}

// Repeats `ask()` until the system has memory for it.
template <class Ask>
void UringDriver::insist(Ask ask) {
  while (true) {
    try {
      return ask();
    } catch (const std::system_error& failure) {
      if (!Shortage::is(failure.code())) throw;
    } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): it is tried again
    }
    take();
    std::this_thread::sleep_for(between_attempts);
  }
}

void UringDriver::come_to_rest() {
  if (ring_.elsewhere()) {
    if (!ring_.abandoned()) take();
    ring_.abandon();
    ended_.take_all(to_cancel_);
    ended_.take_all(closing_);
    return release_ended();
  }
  insist([this] { cancel_closed(); });
  endpoints_.for_each([this](const Endpoint& endpoint) {
    for_each_held(endpoint, [&](Operation operation) { insist([&] { ring_.cancel(operation, endpoint.id); }); });
  });
  while (!closing_.empty() || is_held()) {
    if (ring_.enter(unlimited)) std::this_thread::sleep_for(between_attempts);
    take();
  }
  release_ended();
}

// Returns when the kernel has nothing of the endpoint's under way.
void UringDriver::end_operations(Endpoint& endpoint) {
  // Elsewhere nothing can be done; what a thread has asked for ends with it, at the latest.
  if (endpoint.expected == 0 || ring_.abandoned() || ring_.elsewhere()) return;
  for_each_held(endpoint, [&](Operation operation) { ring_.cancel_now(operation, endpoint.id); });
  // cancel_now() has only marked the operations. Each make_completions() lets some of them complete, and let go of
  // their files. While the system has no memory for that, this waits a second at most.
  for (int patience = 10'000; patience > 0 && endpoint.expected != 0; --patience) {
    if (!ring_.make_completions()) {
      std::this_thread::sleep_for(between_attempts);
      patience -= 9;
    }
    take();
  }
}

// What has completed is not delivered any more; a completion keeps its buffer until its turn.
OwnedSocket UringDriver::release(Endpoint& endpoint, Unreported& rest) {
  if (endpoint.expected != 0 && (ring_.abandoned() || ring_.elsewhere())) return {};
  if (endpoint.kind == Kind::stream) {
    // Nothing is sent now: what is queued would still be in the queue.
    const bool is_pipe = static_cast<Stream&>(endpoint).is_pipe();
    for (const auto operation : {is_pipe ? Operation::readable : Operation::receive, Operation::changes}) {
      if ((endpoint.expected & bit_of(operation)) != 0) ring_.cancel_now(operation, endpoint.id);
    }
  }
  end_operations(endpoint);
  if (endpoint.expected != 0) return {};
  for (auto i = next_in_inbox_; i < inbox_.size(); ++i) {
    auto& completion = inbox_[i];
    if (completion.id != endpoint.id || completion.result < 0) continue;
    if (completion.operation == Operation::receive) {
      const auto data = completion.received.data;
      rest.input.insert(rest.input.end(), data.begin(), data.end());
    } else if (completion.operation == Operation::accept) {
      rest.accepted.emplace_back(completion.result);
    }
    completion.operation = Operation::none;
  }
  OwnedSocket socket(std::exchange(endpoint.socket, no_socket));
  // As the system makes it: whoever gets it may want them. Others may listen at a listening socket still.
  if (endpoint.kind == Kind::stream) allow_attaching(socket.get(), true);
  if (endpoint.kind == Kind::datagrams) {
    auto& datagrams = static_cast<Datagrams&>(endpoint);
    datagrams.RetryNode::unlink();
    separate_received(socket.get());
  }
  leave_path(endpoint);
  endpoint.DriverNode::unlink();
  endpoint.flags = endpoint.broken_by = 0;
  endpoint.armed = 0;
  return socket;
}

// Acceptors and datagram sockets end at once: their owner may destroy them, and bind the address anew.
void UringDriver::forget(Endpoint& endpoint) {
  if (endpoint.socket != no_socket) {
    end_operations(endpoint);
    driver::close(std::exchange(endpoint.socket, no_socket));
  }
  drop_path(endpoint);
  endpoint.DriverNode::unlink();
  endpoint.flags = endpoint.armed = endpoint.expected = 0;
  endpoints_.remove(endpoint);
}

Address UringDriver::local_address(const Endpoint& endpoint) const {
  return local_address_of(endpoint.socket, endpoint.kind != Kind::datagrams);
}
Address UringDriver::peer_address(const Endpoint& endpoint) const {
  return peer_address_of(endpoint.socket, endpoint.kind != Kind::datagrams);
}

}  // namespace eddy::driver
