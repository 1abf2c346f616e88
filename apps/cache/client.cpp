#include "client.h"

#include <reactor/error.h>
#include <reactor/loop.h>

namespace cache {
namespace {

// From here on what is gathered is sent before more is: a payload of this size the connection offers to the system
// without copying it first.
constexpr std::size_t enough_gathered = std::size_t{16} * 1024;

// A key of a retrieval is less work than a request of its own, but work it is.
constexpr std::size_t work_of_request = 64;
constexpr std::size_t work_of_key = 1;
constexpr std::size_t work_of_statistics = 100 * work_of_request;  // of all shards and lists, as text
constexpr std::size_t bytes_of_work = 64;                          // that are copied; a request's worth is 4 KiB
// Of those that yielded, in one turn: as much as so many of them may do before they yield.
constexpr std::size_t yields_in_a_turn = 16;

using Session = eddy::Memcache<Client>;

}  // namespace

// ---- StreamWorker

bool StreamWorker::execute(eddy::Connection& peer, const Command& command, Unsent& unsent) {
  peer_ = &peer;
  unsent_ = &unsent;
  const bool goes_on = service_.execute(peer.id(), command, state_->clock.at(peer.loop().now()), *this);
  work_ = command.verb == eddy::memcache::Verb::stats
              ? work_of_statistics
              : (command.last ? work_of_request : work_of_key) + service_.take_joined_bytes() / bytes_of_work;
  if (size() >= enough_gathered || !goes_on) send(peer, unsent);
  return goes_on;
}

void StreamWorker::send(eddy::Connection& peer, Unsent& unsent) {
  if (size() == 0) return;
  counters_.bytes_written.add(size());
  if (!unsent.empty() || !taken(peer.send(bytes()))) unsent.emplace_back(bytes());
  clear();
}

void StreamWorker::append(const eddy::SharedBytes& payload) {
  send(*peer_, *unsent_);
  counters_.bytes_written.add(payload.size());
  if (!unsent_->empty() || !taken(peer_->send(payload))) unsent_->push_back(payload);
}

void StreamWorker::send_unsent(eddy::Connection& peer, Unsent& unsent) {
  auto next = unsent.begin();
  while (next != unsent.end() && taken(peer.send(*next))) ++next;
  unsent.erase(unsent.begin(), next);
}

bool StreamWorker::taken(eddy::SendResult result) {
  if (result == eddy::SendResult::accepted_above_high_mark) above_high_mark_ = true;
  return result != eddy::SendResult::refused;
}

void StreamWorker::yielded(eddy::Connection& peer, std::size_t work) {
  yielded_.push_back({peer.id(), work});
  if (yielded_.size() == 1) go_on_later(peer.loop());
}

void StreamWorker::go_on_later(eddy::Loop& loop) {
  loop.post([&loop, self = shared_from_this()] { self->go_on(loop); });
}

// A connection is expected to need as much work as it needed before it yielded: those that need much take turns.
void StreamWorker::go_on(eddy::Loop& loop) {
  const auto most = yields_in_a_turn * settings().requests_per_event * work_of_request;
  for (std::size_t work = 0; !yielded_.empty() && work < most;) {
    const auto next = yielded_.front();
    yielded_.pop_front();
    work += next.work;
    auto* connection = loop.find(next.connection);
    if (connection == nullptr) continue;
    if (auto* session = connection->session<Session>()) session->inner().go_on(*connection);
  }
  if (!yielded_.empty()) go_on_later(loop);
}

// ---- Client

void Client::on_open(eddy::Connection& /*peer*/) { worker_->counters().opened.add(1); }

void Client::on_command(eddy::Connection& peer, const Command& command) {
  if (work_ == 0) worker_->begin();
  if (!worker_->execute(peer, command, unsent_)) {
    on_drain(peer);
    if (!unsent_.empty()) wait_for_low(peer);
    return;
  }
  if (has_enough()) return wait_for_low(peer);
  work_ += worker_->work();
  if (work_ >= worker_->settings().requests_per_event * work_of_request) yield(peer);
}

void Client::on_batch(eddy::Connection& peer) {
  work_ = 0;
  count_input(peer);
  worker_->input_came();
  if (!worker_->answers_wait()) return;
  worker_->begin();
  worker_->send(peer, unsent_);
  if (has_enough()) wait_for_low(peer);
}

void Client::wait_for_low(eddy::Connection& peer) {
  waits_for_low_ = true;
  peer.pause();
}

// Others have their turn first: what has arrived already is offered again when the turn's events are dealt with.
void Client::yield(eddy::Connection& peer) {
  worker_->counters().yields.add(1);
  yielded_ = true;
  peer.pause();
  worker_->yielded(peer, work_);
}

void Client::go_on(eddy::Connection& peer) {
  yielded_ = false;
  if (!waits_for_low_) peer.resume();
}

void Client::on_low(eddy::Connection& peer) {
  worker_->begin();
  worker_->send_unsent(peer, unsent_);
  if (has_enough()) return;
  waits_for_low_ = false;
  if (ends_) {
    peer.close();
  } else if (!yielded_) {
    peer.resume();
  }
}

void Client::on_drain(eddy::Connection& peer) {
  ends_ = true;
  if (unsent_.empty()) peer.close();
}

void Client::on_close(eddy::Connection& peer, std::error_code /*why*/) {
  count_input(peer);
  worker_->counters().closed.add(1);
}

void Client::count_input(const eddy::Connection& peer) {
  worker_->counters().bytes_read.add(peer.bytes_in() - bytes_counted_);
  bytes_counted_ = peer.bytes_in();
}

}  // namespace cache
