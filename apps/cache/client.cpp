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

using Session = eddy::Memcache<Client>;

}  // namespace

// ---- StreamWorker

bool StreamWorker::execute(eddy::Connection& peer, const Command& command) {
  peer_ = &peer;
  refused_ = false;
  if (const auto* log = state_->settings.log) log->command(peer.id(), command);
  const auto now = state_->clock.at(peer.loop().now());
  if (!service_.execute(command, now, *this)) {
    send(peer);
    peer.close();
  }
  if (size() >= enough_gathered) send(peer);
  return !refused_;
}

bool StreamWorker::send(eddy::Connection& peer) {
  if (size() == 0) return true;
  counters_.bytes_written.add(size());
  const auto result = peer.send(bytes());
  clear();
  return note(result);
}

void StreamWorker::append(const eddy::SharedBytes& payload) {
  send(*peer_);
  counters_.bytes_written.add(payload.size());
  note(peer_->send(payload));
}

bool StreamWorker::note(eddy::SendResult result) {
  if (result == eddy::SendResult::accepted_above_high_mark) above_high_mark_ = true;
  if (result == eddy::SendResult::refused) refused_ = true;
  return result != eddy::SendResult::refused;
}

// ---- Client

void Client::on_open(eddy::Connection& /*peer*/) { worker_->counters().opened.add(1); }

void Client::on_command(eddy::Connection& peer, const Command& command) {
  if (work_ == 0) worker_->begin();
  if (!worker_->execute(peer, command)) {
    peer.close(eddy::Errc::output_limit);
    return;
  }
  if (worker_->above_high_mark()) {
    waits_for_low_ = true;
    peer.pause();
    return;
  }
  work_ += command.last ? work_of_request : work_of_key;
  if (work_ >= worker_->settings().requests_per_event * work_of_request) yield(peer);
}

void Client::on_batch(eddy::Connection& peer) {
  work_ = 0;
  count_input(peer);
  if (!worker_->answers_wait()) return;
  worker_->begin();
  if (!worker_->send(peer)) {
    peer.close(eddy::Errc::output_limit);
  } else if (worker_->above_high_mark()) {
    waits_for_low_ = true;
    peer.pause();
  }
}

// Others have their turn first: what has arrived already is offered again when the turn's events are dealt with.
void Client::yield(eddy::Connection& peer) {
  worker_->counters().yields.add(1);
  yielded_ = true;
  peer.pause();
  auto& loop = peer.loop();
  loop.post([&loop, id = peer.id()] {
    auto* connection = loop.find(id);
    if (connection == nullptr) return;
    if (auto* session = connection->session<Session>()) session->inner().go_on(*connection);
  });
}

void Client::go_on(eddy::Connection& peer) {
  yielded_ = false;
  if (!waits_for_low_) peer.resume();
}

void Client::on_low(eddy::Connection& peer) {
  waits_for_low_ = false;
  if (!yielded_) peer.resume();
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
