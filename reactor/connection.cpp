#include "reactor/connection.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "reactor/error.h"
#include "reactor/listener.h"
#include "reactor/loop_core.h"
#include "reactor/observer.h"

namespace eddy {
namespace {

// From here on a payload is offered to the system before it is copied.
constexpr std::size_t large_payload = 16 * 1024;

// A Unix listener's full backlog refuses at once (unix(7): EAGAIN); TCP would have retried by itself.
constexpr Duration full_backlog_retry = 10ms;

}  // namespace

struct Connection::Attempt {
  std::vector<Address> targets;  // the next one is last
  Address target;                // under way
  std::optional<Address> source;
  SocketOptions options;
  TimePoint deadline;
  TimePoint retry_at = never;
};

Connection::Connection(Loop& loop, const SessionTable& table, std::shared_ptr<const ConnectionOptions> options)
    : loop_(&loop), table_(&table), options_(std::move(options)) {}

Connection::~Connection() = default;

LoopCore& Connection::core() const { return loop_->core(); }

// ---- connecting

Connection& start_connecting(std::unique_ptr<Connection> owned, std::vector<Address> targets,
                             const ConnectOptions& options) {
  auto& connection = *owned;
  auto& core = connection.core();
  core.assert_thread();
  if (core.ending) throw std::system_error(Errc::loop_gone, "connect from an on_close that the loop's end called");
  if (!targets.front().is_stream()) {
    throw std::system_error(Errc::bad_address,
                            "connect to " + targets.front().to_string() + ": expected tcp:// or unix:");
  }
  check(options.socket);
  auto attempt = std::make_unique<Connection::Attempt>();
  attempt->targets = {targets.rbegin(), targets.rend()};
  if (options.source) attempt->source = Address::parse(*options.source);
  attempt->options = options.socket;
  attempt->deadline = deadline_after(core.driver->clock(), options.timeout);
  core.driver->endpoints().add(connection);
  connection.attempt_ = std::move(attempt);
  ++core.stats.open;
  owned.release();  // the loop's from here: buried after on_close
  connection.next_attempt(std::make_error_code(std::errc::address_not_available));
  return connection;
}

void Connection::next_attempt(std::error_code last_failure) {
  auto& attempt = *attempt_;
  attempt.retry_at = never;
  while (!attempt.targets.empty()) {
    attempt.target = attempt.targets.back();
    attempt.targets.pop_back();
    last_failure =
        core().driver->connect(*this, attempt.target, attempt.source ? &*attempt.source : nullptr, attempt.options);
    if (!last_failure) return set_deadline();
    if (last_failure == std::errc::resource_unavailable_try_again && !attempt.target.is_ip()) {
      attempt.targets.push_back(attempt.target);
      attempt.retry_at = deadline_after(core().driver->now(), full_backlog_retry);
      return set_deadline();
    }
  }
  end(last_failure);
}

void Connection::stream_connected(std::error_code result) {
  if (state_ != State::connecting) return;  // given up in the meantime
  if (result) {
    core().descriptor_freed();
    next_attempt(result);
  } else {
    ++core().stats.connected;
    opened();
  }
  attend();
}

void Connection::opened() {
  attempt_.reset();
  state_ = State::open;
  opened_at_ = last_activity_ = core().driver->now();
  if (auto* observer = core().options.observer) observer->opened(*this);
  update_receiving();
  if (table_->on_open != nullptr) call_session([this] { table_->on_open(*this); });
  set_deadline();
  if (core().drain_began() && state_ == State::open) drain();
}

// ---- receiving

// The peer is held back while the session wants that, and while its own unsent answers keep input waiting: what is kept
// then stays within what one read brought.
void Connection::update_receiving() {
  if (read_ended_) return;
  if (state_ == State::open) {
    core().driver->receive(*this, !paused_ && !(send_refused_ && input_ != nullptr));
  } else if (state_ == State::closing) {
    core().driver->receive(*this, true);
  }
}

void Connection::stream_data(Bytes data) {
  auto& core = this->core();
  last_activity_ = core.driver->now();
  bytes_in_ += data.size();
  core.stats.bytes_in += data.size();
  if (state_ != State::open) return;  // close() reads and discards
  if (paused_) {
    keep(data);  // was under way when pause() was called
    offer_again_ = true;
    return;
  }
  // What the callback asks for is attended to right after it: no need to be listed.
  const bool listed = std::exchange(attention_, true);
  deliver(data);
  attention_ = listed;
  attend();
}

void Connection::deliver(Bytes data) {
  if (input_ != nullptr) {
    keep(data);
    if (state_ == State::open) offer_kept();
    return;
  }
  ++core().stats.messages_in;
  std::size_t consumed = 0;
  call_session([&] { consumed = table_->on_data(*this, data); });
  if (state_ != State::open) return;
  if (consumed > data.size()) return end(Errc::consumed_too_much);
  if (consumed < data.size()) {
    keep(data.without_first(consumed));
    if (send_refused_) update_receiving();
  }
  if (kept() > options_->input_limit) end(Errc::input_limit, true);
}

void Connection::offer_kept() {
  offer_again_ = false;
  ++core().stats.messages_in;
  const auto offered = input_->content();
  std::size_t consumed = 0;
  call_session([&] { consumed = table_->on_data(*this, offered); });
  if (state_ != State::open) return;
  if (consumed > offered.size()) return end(Errc::consumed_too_much);
  drop_kept(consumed);
  if (send_refused_) update_receiving();
  if (kept() > options_->input_limit) end(Errc::input_limit, true);
}

void Connection::keep(Bytes rest) {
  auto& pool = core().pool;
  // What one read brought may go past the budget: the connection receives no more until its send finds room.
  const bool answer_refused = input_ == nullptr && send_refused_;
  if (!answer_refused && pool.in_use() + rest.size() > core().options.memory_budget) {
    return end(Errc::input_limit, true);
  }
  try {
    make_room(rest.size());
  } catch (const std::bad_alloc&) {
    return end(std::make_error_code(std::errc::not_enough_memory), true);
  }
  std::memcpy(input_->storage() + input_->end, rest.data(), rest.size());
  input_->end += rest.size();
}

void Connection::make_room(std::size_t count) {
  auto& pool = core().pool;
  if (input_ == nullptr) {
    input_ = pool.take(count);
  } else if (input_->room() < count) {
    const auto content = input_->content();
    if (content.size() + count <= input_->capacity && input_->begin >= input_->capacity / 2) {
      std::memmove(input_->storage(), content.data(), content.size());
      input_->begin = 0;
      input_->end = content.size();
    } else {
      auto* larger = pool.take(std::max(2 * content.size(), content.size() + count));
      std::memcpy(larger->storage(), content.data(), content.size());
      larger->end = content.size();
      pool.give_back(std::exchange(input_, larger));
    }
  }
}

void Connection::drop_kept(std::size_t count) {
  input_->begin += count;
  if (input_->size() == 0) core().pool.give_back(std::exchange(input_, nullptr));
}

void Connection::stream_end() {
  last_activity_ = core().driver->now();
  read_ended_ = true;
  attend();  // kept input that is due comes before the end
}

// A refused send made the session keep input: that is due when on_low comes, and before the end.
bool Connection::output_holds_input_up() const { return input_ != nullptr && (above_high_ || awaits_memory_); }

void Connection::tell_end() {
  end_told_ = true;
  if (state_ != State::open) return;
  if (table_->on_end != nullptr) {
    call_session([this] { table_->on_end(*this); });
  } else {
    begin_close({});
  }
}

bool Connection::pause() {
  core().assert_thread();
  if (closing()) return false;
  paused_ = true;
  update_receiving();
  return true;
}

bool Connection::resume() {
  core().assert_thread();
  if (closing()) return false;
  if (!std::exchange(paused_, false)) return true;
  update_receiving();
  if (input_ != nullptr) offer_again_ = true;
  if (offer_again_ || (read_ended_ && !end_told_)) ask_attention();
  return true;
}

// ---- sending

SendResult Connection::send(Bytes data) { return queue({&data, 1}); }

SendResult Connection::send(std::initializer_list<Bytes> pieces) { return queue({pieces.begin(), pieces.size()}); }

SendResult Connection::send(const SharedBytes& payload) {
  core().assert_thread();
  const auto held = core().pool.holds(payload) ? 0 : payload.size();
  if (!may_queue(payload.size(), held)) return SendResult::refused;
  try {
    output.append(payload, 0, core().pool);
  } catch (const std::bad_alloc&) {
    end(std::make_error_code(std::errc::not_enough_memory), true);
    return SendResult::refused;
  }
  return queued(payload.size());
}

bool Connection::may_queue(std::size_t count, std::size_t memory) {
  if (finishing_ || closing()) return false;
  auto& core = this->core();
  const bool past_cap = output.size() + count > options_->output_cap;
  if (!past_cap && core.pool.in_use() + memory <= core.options.memory_budget) return true;
  ++core.stats.sends_refused;
  if (past_cap && options_->at_cap == AtCap::close) {
    end(Errc::output_limit, true);
    return false;
  }
  send_refused_ = true;
  if (past_cap) {
    above_high_ = above_high_ || !output.empty();
    awaits_progress_ = !output.empty();
  } else if (!above_high_ && memory <= core.options.memory_budget && !std::exchange(awaits_memory_, true)) {
    core.await_memory(*this, memory);
  }
  return false;
}

void Connection::memory_freed() {
  awaits_memory_ = false;
  above_high_ = true;
  ask_attention();
}

SendResult Connection::queue(std::span<const Bytes> pieces) {
  auto& core = this->core();
  core.assert_thread();
  std::size_t total = 0;
  for (const auto& piece : pieces) total += piece.size();
  if (!may_queue(total, total)) return SendResult::refused;
  try {
    for (auto piece : pieces) {
      if (piece.size() >= large_payload && state_ == State::open) {
        std::size_t taken = 0;
        if (const auto error = core.driver->flush_with(*this, piece, taken)) {
          end(error);
          return SendResult::refused;
        }
        piece = piece.without_first(taken);
      }
      output.append(piece, core.pool);
    }
  } catch (const std::bad_alloc&) {
    // A part of it is queued, or sent.
    end(std::make_error_code(std::errc::not_enough_memory), true);
    return SendResult::refused;
  }
  return queued(total);
}

SendResult Connection::queued(std::size_t count) {
  bytes_accepted_ += count;
  ++core().stats.messages_out;
  ask_attention();
  if (output.size() <= options_->high_mark) return SendResult::accepted;
  above_high_ = true;
  return SendResult::accepted_above_high_mark;
}

void Connection::stream_progress() {
  note_progress();
  attend();
}

void Connection::note_progress() {
  const auto taken = bytes_accepted_ - output.size();
  if (taken == bytes_out_) return;
  core().stats.bytes_out += taken - bytes_out_;
  bytes_out_ = taken;
  awaits_progress_ = false;
  last_activity_ = last_progress_ = core().driver->now();
}

void Connection::flush() {
  if (!output.empty()) {
    if (const auto error = core().driver->flush(*this)) return end(error);
  }
  note_progress();
  if (output.empty()) {
    stalled_ = false;
  } else if (!std::exchange(stalled_, true)) {
    last_progress_ = core().driver->now();
    set_deadline();
  }
}

void Connection::tell_marks() {
  if (!above_high_) return;
  // A send that was refused with little queued would be refused again until the peer has taken some.
  if (output.size() <= options_->low_mark && !awaits_progress_) {
    above_high_ = high_told_ = send_refused_ = false;
    update_receiving();
    if (table_->on_low != nullptr) call_session([this] { table_->on_low(*this); });
    // Input is often kept because a send was refused.
    if (input_ != nullptr && state_ == State::open) {
      offer_again_ = true;
      ask_attention();
    }
  } else if (!high_told_ && output.size() > options_->high_mark) {
    high_told_ = true;
    if (table_->on_high != nullptr) call_session([this] { table_->on_high(*this); });
  }
}

// ---- ending

bool Connection::finish() {
  core().assert_thread();
  if (finishing_ || closing()) return false;
  finishing_ = true;
  ask_attention();
  return true;
}

bool Connection::close() { return begin_close({}); }
bool Connection::close(std::error_code why) { return begin_close(why); }

bool Connection::abort() {
  core().assert_thread();
  if (state_ >= State::ended) return false;
  end(Errc::aborted, true);
  return true;
}

bool Connection::begin_close(std::error_code why) {
  core().assert_thread();
  if (closing()) return false;
  if (state_ == State::connecting) {
    end(why ? why : make_error_code(Errc::aborted));
    return true;
  }
  why_ = why;
  state_ = State::closing;
  finishing_ = true;
  update_receiving();  // a peer that is held back would not come to read our last words
  ask_attention();
  return true;
}

// The next step of finish() and close() once the queue is empty.
void Connection::settle() {
  const bool does_not_linger = read_ended_ || options_->linger_timeout <= Duration::zero();
  if (finishing_ && !write_ended_ && output.empty()) {
    if (state_ == State::closing && does_not_linger) return end(why_);
    if (const auto error = core().driver->end_output(*this)) return end(error);
    write_ended_ = true;
  }
  // The FIN may be out for long, by finish().
  if (state_ == State::closing && write_ended_ && linger_until_ == never) {
    if (does_not_linger) return end(why_);
    linger_until_ = deadline_after(core().driver->now(), options_->linger_timeout);
    set_deadline();
  }
  // The session hears of the peer's end before the connection's.
  if (write_ended_ && read_ended_ && (end_told_ || state_ == State::closing)) end(why_);
}

void Connection::stream_failed(std::error_code why) {
  // After our FIN the peer owes us nothing: its reset is as good an end as its FIN, and the reason is ours.
  end(state_ == State::closing && write_ended_ ? why_ : why);
  attend();
}

void Connection::end(std::error_code why, bool reset) {
  if (state_ >= State::ended) return;
  if (state_ == State::closing && why_) why = why_;  // what close() was told is why, whatever cut it short
  auto reason = close_reason(why);
  if (state_ == State::connecting && reason == CloseReason::other) reason = CloseReason::connect_failed;
  ++core().stats.closed[static_cast<std::size_t>(reason)];
  why_ = why;
  reset_ = reset;
  state_ = State::ended;
  ask_attention();
}

void Connection::report_end() {
  auto& core = this->core();
  state_ = State::reported;
  core.wheel.remove(*this);
  if (auto* observer = core.options.observer) observer->closed(*this, why_);
  if (table_->on_close != nullptr) call_session([this] { table_->on_close(*this, why_); });
  --core.stats.open;
  if (input_ != nullptr) core.pool.give_back(std::exchange(input_, nullptr));
  if (auto* listener = core.driver->endpoints().find(listener_)) {
    LoopCore::listener_of(*listener)->give_place_back();
  }
  if (core.driver->close(*this, reset_)) stream_released();
}

void Connection::stream_released() {
  output.clear(core().pool);
  core().bury(*this);
  core().descriptor_freed();
}

void Connection::drain() {
  if (state_ == State::open && table_->on_drain != nullptr) {
    call_session([this] { table_->on_drain(*this); });
  } else {
    begin_close({});
  }
}

// ---- attention and deadlines

void Connection::ask_attention() {
  if (attention_) return;
  attention_ = true;
  core().attend_later(*this);
}

void Connection::attend() {
  if (state_ == State::reported) return;
  if (offer_again_ && input_ != nullptr && !paused_ && state_ == State::open) offer_kept();
  if (read_ended_ && !end_told_ && !paused_ && !output_holds_input_up()) tell_end();
  if (state_ == State::open || state_ == State::closing) {
    flush();
    if (state_ != State::ended) settle();
    if (state_ == State::open) tell_marks();
  }
  if (state_ == State::ended) report_end();
}

template <class F>
void Connection::call_session(F&& callback) {
  try {
    callback();
  } catch (...) {
    end(Errc::callback_threw);
    core().report(std::current_exception());
  }
}

TimePoint Connection::next_deadline() const {
  if (state_ == State::connecting) return std::min(attempt_->deadline, attempt_->retry_at);
  if (closing() && state_ != State::closing) return never;
  auto deadline = linger_until_;
  if (stalled_) deadline = std::min(deadline, deadline_after(last_progress_, options_->write_stall_timeout));
  if (state_ == State::open) {
    deadline = std::min(deadline, deadline_after(last_activity_, options_->idle_timeout));
    deadline = std::min(deadline, deadline_after(opened_at_, options_->max_lifetime));
  }
  return deadline;
}

// Activity only moves deadlines back, so it does not touch the timer: when it fires it looks again.
void Connection::set_deadline() {
  const auto deadline = next_deadline();
  if (deadline == never) return;
  if (!TimerNode::linked() || deadline < TimerNode::when()) core().wheel.insert(*this, deadline);
}

void Connection::expired(TimePoint now) {
  if (state_ == State::connecting) {
    if (now >= attempt_->deadline) {
      end(Errc::connect_timeout);
    } else if (now >= attempt_->retry_at) {
      next_attempt({});
    }
  } else if (stalled_ && now >= deadline_after(last_progress_, options_->write_stall_timeout)) {
    end(Errc::write_stalled, true);
  } else if (now >= linger_until_) {
    end(why_);
  } else if (state_ == State::open && now >= deadline_after(opened_at_, options_->max_lifetime)) {
    begin_close(Errc::lifetime_ended);
  } else if (state_ == State::open && now >= deadline_after(last_activity_, options_->idle_timeout)) {
    if (table_->on_idle != nullptr) {
      last_activity_ = now;
      call_session([this] { table_->on_idle(*this); });
    } else {
      begin_close(Errc::idle_timeout);
    }
  }
  attend();
  if (state_ < State::ended) set_deadline();
}

void Connection::set_options(const ConnectionOptions& options) {
  core().assert_thread();
  options_ = std::make_shared<const ConnectionOptions>(options);
  if (state_ == State::open || state_ == State::closing) set_deadline();
}

Address Connection::local_address() const { return core().driver->local_address(*this); }

Address Connection::peer_address() const { return core().driver->peer_address(*this); }

}  // namespace eddy
