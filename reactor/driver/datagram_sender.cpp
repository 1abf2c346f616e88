#include "reactor/driver/datagram_sender.h"

#include <new>
#include <utility>

namespace eddy::driver {
namespace {

// How long full receivers are given.
constexpr Duration retry_interval = std::chrono::milliseconds(2);

}  // namespace

bool DatagramSender::send(Datagrams& socket, TimePoint now) {
  if (socket.RetryNode::linked()) return true;
  switch (send_what_is_queued(socket)) {
    case Sent::all: return true;
    case Sent::socket_full: return false;
    case Sent::receivers_full: break;
  }
  wait_a_while(socket, now);
  return true;
}

void DatagramSender::wait_a_while(Datagrams& socket, TimePoint now) {
  if (socket.RetryNode::linked()) return;
  if (waiting_.empty()) retry_at_ = time_to_retry(now);
  waiting_.push_back(socket);
}

TimePoint DatagramSender::time_to_retry(TimePoint now) { return deadline_after(now, retry_interval); }

Sent DatagramSender::send_what_is_queued(Datagrams& socket) {
  try {
    return send_queued(socket.socket, socket.queue, socket.id, errors_, stats_);
  } catch (const std::bad_alloc&) {
    return Sent::receivers_full;  // the rest is still queued: tried again after a time
  }
}

void DatagramSender::note_error(const Datagrams& socket, std::error_code error) {
  try {
    errors_.emplace_back(socket.id, error);
  } catch (const std::bad_alloc&) {
    ++stats_.datagram_errors;
  }
}

TimePoint DatagramSender::next_deadline() const {
  if (!errors_.empty() || !retrying_.empty()) return TimePoint::min();
  return waiting_.empty() ? never : retry_at_;
}

void DatagramSender::report_errors() {
  const auto errors = std::exchange(errors_, {});
  for (const auto& [id, error] : errors) {
    if (auto* endpoint = endpoints_.find(id)) static_cast<Datagrams*>(endpoint)->datagram_failed(error);
  }
}

}  // namespace eddy::driver
