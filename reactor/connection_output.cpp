// Connection's output: queueing, handing it to the driver, marks, and the two ways of ending it in order.
#include <cassert>
#include <list>
#include <new>
#include <utility>

#include "reactor/connection.h"
#include "reactor/connection_extras.h"
#include "reactor/loop_core.h"

namespace eddy {
namespace {

// From here on a payload is offered to the system before it is copied.
constexpr std::size_t large_payload = 16 * 1024;
// A smaller shared payload is copied: to refer to it would take more memory than it has bytes, which no limit counts.
constexpr std::size_t smallest_shared = 128;

}  // namespace

SendResult Connection::send(Bytes data) { return queue({&data, 1}); }

SendResult Connection::send(std::initializer_list<Bytes> pieces) { return queue({pieces.begin(), pieces.size()}); }

SendResult Connection::send(const SharedBytes& payload) {
  if (payload.size() < smallest_shared) return send(payload.bytes());
  core().assert_thread();
  const auto held = core().pool.holds(payload) ? 0 : payload.size();
  if (!may_queue(payload.size(), held)) return SendResult::refused;
  try {
    output.append(payload, 0, core().pool);
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
  return accepted();
}

SendResult Connection::queue(std::span<const Bytes> pieces) {
  auto& core = this->core();
  core.assert_thread();
  std::size_t total = 0;
  for (const auto& piece : pieces) total += piece.size();
  if (!may_queue(total, total)) return SendResult::refused;
  try {
    for (auto piece : pieces) {
      if (piece.size() >= large_payload && flow_.life == Flow::Life::open) {
        std::size_t taken = 0;
        const auto before = output.size();
        const auto error = core.driver->flush_with(*this, piece, taken);
        note_taken(before - output.size() + taken);
        if (error) {
          end(error);
          return SendResult::refused;
        }
        piece = piece.without_first(taken);
      }
      output.append(piece, core.pool);
    }
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
  return accepted();
}

// A part of a send may be queued, or sent.
SendResult Connection::out_of_memory() {
  end(std::make_error_code(std::errc::not_enough_memory), true);
  return SendResult::refused;
}

SendResult Connection::accepted() {
  ++core().stats.messages_out;
  mark_pending();
  if (output.size() <= options_->high_mark) return SendResult::accepted;
  set_low(after_accept_above_high_mark(flow_.low));
  return SendResult::accepted_above_high_mark;
}

// ---- limits

bool Connection::may_queue(std::size_t count, std::size_t memory) {
  if (flow_.output != Flow::Output::open || closing()) return false;
  auto& core = this->core();
  const bool past_cap = output.size() + count > options_->output_cap;
  if (!past_cap && core.budget.admits_output(id(), output.size(), memory)) {
    // The room that the budget kept for this connection, if any, is used. The connection keeps its place in the line.
    if (flow_.low != Flow::Low::refused_until_memory) core.budget.forget(id());
    if (output.empty()) output_since_ = core.driver->now();
    return true;
  }
  ++core.stats.sends_refused;
  if (!past_cap) {
    await_memory(memory);
  } else if (options_->at_cap == AtCap::close) {
    end(Errc::output_limit, true);
  } else {
    set_low(after_refusal_at_cap(flow_.low, output.empty()));
  }
  return false;
}

void Connection::await_memory(std::size_t memory) {
  auto& budget = core().budget;
  if (memory > budget.limit()) return;  // refused always: no on_low is owed for it
  const auto low = after_refusal_by_budget(flow_.low, output.empty());
  if (low == Flow::Low::refused_until_memory && flow_.low != low) {
    budget.forget(id());  // the connection has passed, and wants more than it waited for
    try {
      budget.await(id(), memory);
    } catch (const std::bad_alloc&) {
      return end(std::make_error_code(std::errc::not_enough_memory), true);
    }
  }
  set_low(low);
}

// The budget keeps the room free until on_low has told of it.
void Connection::memory_freed() {
  assert(flow_.low == Flow::Low::refused_until_memory);
  flow_.low = Flow::Low::refused_until_low_mark;
  // A connection that has to open, or to drain what it has sent since, would keep the room for long.
  if (flow_.life != Flow::Life::open || output.size() > options_->low_mark) core().budget.forget(id());
  mark_pending();
}

void Connection::set_low(Flow::Low low) {
  if (low == flow_.low) return;
  if (flow_.low == Flow::Low::refused_until_memory) core().budget.forget(id());
  flow_.low = low;
  update_receiving();
}

void Connection::tell_marks() {
  if (low_is_due(flow_.low, output.size() <= options_->low_mark)) return tell_low();
  if (output.empty() && low_is_due_when_empty(flow_)) return tell_low();
  // Output that was sent since the budget had room drains first: meanwhile others may have the room.
  if (flow_.low != Flow::Low::refused_until_memory) core().budget.forget(id());
  if (flow_.low != Flow::Low::not_owed && !flow_.high_told && output.size() > options_->high_mark) {
    flow_.high_told = true;
    if (table_->on_high != nullptr) call_back([this] { table_->on_high(*this); });
  }
}

void Connection::tell_low() {
  flow_.high_told = false;
  if (output.empty()) flow_.low_when_empty = false;
  set_low(Flow::Low::not_owed);
  if (table_->on_low != nullptr) call_back([this] { table_->on_low(*this); });
  if (input_ != nullptr && flow_.life == Flow::Life::open) {
    // Input is often kept because a send was refused. It is offered before another connection takes the room.
    flow_.offer_again = true;
    if (!flow_.paused) offer_kept();
    mark_pending();
  }
  // Room that was kept for it and that it did not use is everybody's. It may be in the line again.
  if (flow_.low != Flow::Low::refused_until_memory) core().budget.forget(id());
}

// ---- handing over

void Connection::flush() {
  if (output.empty()) return;
  const auto before = output.size();
  const auto error = core().driver->flush(*this);
  note_taken(before - output.size());
  if (error) return end(error);
  if (!output.empty()) set_deadline();
}

void Connection::stream_progress(std::size_t taken) {
  note_taken(taken);
  process();
}

void Connection::note_taken(std::size_t count) {
  if (count == 0) return;
  bytes_out_ += count;
  core().stats.bytes_out += count;
  set_low(after_progress(flow_.low));
  last_activity_ = output_since_ = core().driver->now();
}

bool Connection::when_sent(Callback<void(Connection&)> callback) {
  core().assert_thread();
  if (closing()) return false;
  extras().sent.push_back({bytes_out_ + output.size(), std::move(callback)});
  if (output.empty()) mark_pending();
  return true;
}

// Callbacks that are asked for meanwhile wait for the next turn.
void Connection::tell_sent() {
  std::list<Extras::Sent> due;
  auto& sent = extras_->sent;
  while (!sent.empty() && sent.front().bytes_out <= bytes_out_) due.splice(due.end(), sent, sent.begin());
  for (; !due.empty() && flow_.life < Flow::Life::ended; due.pop_front()) {
    call_back([&] { due.front().callback(*this); });
  }
}

bool Connection::finish() {
  core().check_thread("Connection::finish");
  if (flow_.output != Flow::Output::open || closing()) return false;
  if (is_pipe()) return begin_close({});  // only by its end does a reader hear of it
  flow_.output = Flow::Output::finishing;
  mark_pending();
  return true;
}

void Connection::settle() {
  const bool does_not_linger =
      is_pipe() || flow_.input != Flow::Input::open || options_->linger_timeout <= Duration::zero();
  if (flow_.output == Flow::Output::finishing && output.empty()) {
    if (flow_.life == Flow::Life::closing && does_not_linger) return end(why_);
    if (const auto error = core().driver->end_output(*this, flow_.life == Flow::Life::open)) return end(error);
    flow_.output = Flow::Output::ended;
    output_since_ = core().driver->now();
  }
  if (lingers()) {
    if (does_not_linger) return end(why_);
    set_deadline();
  }
  // The session hears of the peer's end before the connection's.
  if (flow_.output == Flow::Output::ended && flow_.input == Flow::Input::end_told) end(why_);
}

}  // namespace eddy
