// Connection's life: connecting, opening, closing, and its end.
#include "reactor/connection.h"

#include <cassert>
#include <new>
#include <string>
#include <utility>

#include "reactor/connection_extras.h"
#include "reactor/error.h"
#include "reactor/loop_core.h"
#include "reactor/observer.h"

namespace eddy {
namespace {

constexpr Duration connect_retry = 10ms;

// Whether the same address is to be tried again. A Unix listener's full backlog refuses at once (unix(7): EAGAIN); TCP
// would have retried by itself. An attempt that was interrupted says nothing of the address.
bool is_worth_a_retry(std::error_code failure, const Address& target) {
  return failure == std::errc::interrupted || failure == std::errc::operation_canceled ||
         (failure == std::errc::resource_unavailable_try_again && !target.is_ip());
}

}  // namespace

Connection::Connection(Loop& loop, const SessionTable& table, std::shared_ptr<const ConnectionOptions> options)
    : loop_(&loop), table_(&table), options_(std::move(options)) {
  wants_descriptors = table.on_descriptors != nullptr;
}

Connection::~Connection() = default;

LoopCore& Connection::core() const { return loop_->core(); }

// ---- connecting

Connection& start_connecting(std::unique_ptr<Connection> owned, std::vector<Address> targets,
                             const ConnectOptions& options) {
  auto& connection = *owned;
  auto& core = connection.core();
  core.check_thread("connect");
  if (core.ending) throw std::system_error(Errc::loop_gone, "connect from an on_close that the loop's end called");
  if (!targets.front().is_stream()) {
    throw std::system_error(Errc::bad_address,
                            "connect to " + targets.front().to_string() + ": expected tcp:// or unix:");
  }
  check(options);
  auto attempt = std::make_unique<Connection::Attempt>();
  attempt->targets = {targets.rbegin(), targets.rend()};
  if (options.source) attempt->source = Address::parse(*options.source);
  attempt->options = options.socket;
  attempt->deadline = deadline_after(core.driver->clock(), options.timeout);
  connection.extras().attempt = std::move(attempt);
  core.driver->endpoints().add(connection);
  ++core.stats.open;
  owned.release();  // the loop's from here: deleted after on_close
  connection.next_attempt(std::make_error_code(std::errc::address_not_available));
  return connection;
}

Connection& start_adopted(std::unique_ptr<Connection> owned, ReleasedConnection released) {
  auto& connection = *owned;
  auto& core = connection.core();
  core.check_thread("adopt");
  check(connection.options());
  if (core.ending) throw std::system_error(Errc::loop_gone, "adopt from an on_close that the loop's end called");
  const auto number = std::to_string(released.socket.get());
  try {
    if (const auto error = core.driver->take(connection, std::move(released.socket))) {
      throw std::system_error(error, "adopt socket " + number +
                                         ": expected a connected stream socket, of TCP or Unix, a pipe or a terminal");
    }
  } catch (...) {
    core.driver->close(connection, false);
    throw;
  }
  connection.flow_.life = Flow::Life::adopted;
  // A pipe has one direction; the other has ended before.
  if (connection.pipe == Interest::read) connection.flow_.output = Flow::Output::ended;
  if (connection.pipe == Interest::write) connection.flow_.input = Flow::Input::end_told;
  connection.opened_at_ = connection.last_activity_ = connection.output_since_ = core.driver->clock();
  ++core.stats.connected;
  ++core.stats.open;
  owned.release();            // the loop's from here: deleted after on_close
  connection.mark_pending();  // on_open comes from the loop
  connection.update_receiving();
  if (!released.unread.empty()) {
    connection.keep(released.unread, false);
    connection.flow_.offer_again = true;
    connection.mark_due();
  }
  return connection;
}

void Connection::next_attempt(std::error_code last_failure) {
  auto& attempt = *this->attempt();
  attempt.retry_at = never;
  const auto retries = [&] {
    if (!is_worth_a_retry(last_failure, attempt.target)) return false;
    attempt.targets.push_back(attempt.target);
    attempt.retry_at = deadline_after(core().driver->now(), connect_retry);
    return true;
  };
  if (retries()) return set_deadline();
  while (!attempt.targets.empty()) {
    attempt.target = attempt.targets.back();
    attempt.targets.pop_back();
    is_tcp = attempt.target.is_ip();
    try {
      last_failure =
          core().driver->connect(*this, attempt.target, attempt.source ? &*attempt.source : nullptr, attempt.options);
    } catch (const std::bad_alloc&) {
      last_failure = std::make_error_code(std::errc::not_enough_memory);
    }
    if (!last_failure || retries()) return set_deadline();
  }
  end(last_failure);
}

void Connection::stream_connected(std::error_code result) {
  if (flow_.life != Flow::Life::connecting) return;  // given up in the meantime
  if (result) {
    core().descriptor_freed();
    next_attempt(result);
  } else {
    ++core().stats.connected;
    opened();
  }
  process();
}

void Connection::opened() {
  assert(flow_.life == Flow::Life::connecting || flow_.life == Flow::Life::adopted);
  if (extras_ != nullptr) {
    extras_->attempt.reset();
    if (extras_->sent.empty()) extras_.reset();
  }
  flow_.life = Flow::Life::open;
  opened_at_ = last_activity_ = output_since_ = core().driver->now();
  core().driver->remember_peer(*this);
  if (auto* observer = core().options.observer) observer->opened(*this);
  update_receiving();
  if (table_->on_open != nullptr) call_back([this] { table_->on_open(*this); });
  set_deadline();
  if (core().drain_began() && flow_.life == Flow::Life::open) drain();
}

// ---- ending

bool Connection::close() { return begin_close({}); }
bool Connection::close(std::error_code why) { return begin_close(why); }

bool Connection::abort() {
  core().check_thread("Connection::abort");
  if (flow_.life >= Flow::Life::ended) return false;
  end(Errc::aborted, true);
  return true;
}

bool Connection::begin_close(std::error_code why) {
  core().check_thread("Connection::close");
  if (closing()) return false;
  if (flow_.life == Flow::Life::connecting) {
    end(why ? why : make_error_code(Errc::aborted));
    return true;
  }
  why_ = why;
  flow_.life = Flow::Life::closing;
  core().budget.forget(id());  // it sends no more
  if (flow_.output == Flow::Output::open) flow_.output = Flow::Output::finishing;
  if (flow_.output == Flow::Output::ended) output_since_ = core().driver->now();  // the FIN may be out for long
  update_receiving();  // a peer that is held back would not come to read our last words
  mark_pending();
  return true;
}

std::optional<ReleasedConnection> Connection::release() {
  core().check_thread("Connection::release");
  if (flow_.life != Flow::Life::open || flow_.output == Flow::Output::finishing) return {};
  if (!output.empty()) {
    flow_.low_when_empty = true;
    return {};
  }
  driver::Unreported rest;
  ReleasedConnection released;
  try {
    released.socket = core().driver->release(*this, rest);
    if (!released.socket) return {};
    if (input_ != nullptr && !offering_kept_) {
      const auto kept = input_->content();
      released.unread.assign(kept.begin(), kept.end());
    }
    released.unread.insert(released.unread.end(), rest.input.begin(), rest.input.end());
  } catch (const std::bad_alloc&) {
    end(std::make_error_code(std::errc::not_enough_memory), true);
    throw;
  }
  end(Errc::released);
  return released;
}

void Connection::drain() {
  if (flow_.life == Flow::Life::adopted) return opened();  // which drains it
  take_over();
  if (flow_.life == Flow::Life::open && table_->on_drain != nullptr) {
    call_back([this] { table_->on_drain(*this); });
  } else {
    begin_close({});
  }
}

void Connection::stream_failed(std::error_code why) {
  open_adopted();
  // After our FIN the peer owes us nothing: its reset is as good an end as its FIN, and the reason is ours.
  end(lingers() ? why_ : why);
  process();
}

void Connection::callback_begins() { core().callback_begins(); }

void Connection::callback_threw() {
  end(Errc::callback_threw);
  core().report(std::current_exception());
}

void Connection::end(std::error_code why, bool reset) {
  if (flow_.life >= Flow::Life::ended) return;
  if (flow_.life == Flow::Life::closing && why_) why = why_;  // what close() was told is why, whatever cut it short
  auto reason = close_reason(why);
  const bool of_the_system = reason == CloseReason::other || reason == CloseReason::reset;
  if (flow_.life == Flow::Life::connecting && of_the_system) reason = CloseReason::connect_failed;
  ++core().stats.closed[static_cast<std::size_t>(reason)];
  why_ = why;
  if (reset) flow_.output = Flow::Output::reset;
  flow_.life = Flow::Life::ended;
  mark_pending();
}

void Connection::report_end() {
  assert(flow_.life == Flow::Life::ended);
  auto& core = this->core();
  flow_.life = Flow::Life::reported;
  core.wheel.remove(*this);
  core.budget.forget(id());
  if (auto* observer = core.options.observer) observer->closed(*this, why_);
  if (extras_ != nullptr) {
    // Their destructors may call the connection: they find it in its final state.
    const auto unsent = std::exchange(extras_->sent, {});
    const auto next = std::move(extras_->next);
  }
  if (table_->on_close != nullptr) call_session([this] { table_->on_close(*this, why_); });
  let_go();
}

// In a forked child: the connection has not ended, and lives on in the parent.
void Connection::leave_to_parent() {
  flow_.life = Flow::Life::reported;
  core().wheel.remove(*this);
  core().budget.forget(id());
  let_go();
}

void Connection::let_go() {
  auto& core = this->core();
  assert(core.stats.open > 0);
  --core.stats.open;
  if (input_ != nullptr) core.budget.give_back_input(std::exchange(input_, nullptr));
  place_ = {};
  driver::PendingNode::unlink();
  if (core.driver->close(*this, flow_.output == Flow::Output::reset)) stream_released();
}

void Connection::stream_released() {
  output.clear(core().pool);
  core().delete_later(*this);
  core().descriptor_freed();
}

// ---- the loop's pending list

void Connection::mark_pending() {
  if (!driver::PendingNode::linked()) core().mark_pending(*this);
}

void Connection::mark_due() {
  driver::PendingNode::unlink();
  core().mark_due(*this);
}

void Connection::process() {
  driver::PendingNode::unlink();
  if (flow_.life == Flow::Life::reported) return;
  take_over();
  open_adopted();
  // Nobody is offered kept input any more, and close() may take long.
  if (flow_.life == Flow::Life::closing && input_ != nullptr)
    core().budget.give_back_input(std::exchange(input_, nullptr));
  if (flow_.offer_again && input_ != nullptr && !flow_.paused && flow_.life == Flow::Life::open) offer_kept();
  if (end_is_due(flow_, input_ != nullptr)) tell_end();
  if (flow_.life == Flow::Life::open || flow_.life == Flow::Life::closing) {
    flush();
    if (extras_ != nullptr) tell_sent();
    if (flow_.life != Flow::Life::ended) settle();
    if (flow_.life == Flow::Life::open) tell_marks();
  }
  if (flow_.life == Flow::Life::ended) report_end();
}

void Connection::set_options(const ConnectionOptions& options) {
  core().check_thread("Connection::set_options");
  check(options);
  options_ = std::make_shared<const ConnectionOptions>(options);
  if (flow_.life == Flow::Life::open || flow_.life == Flow::Life::closing) set_deadline();
}

Address Connection::local_address() const { return core().driver->local_address(*this); }

Address Connection::peer_address() const {
  return attempt() != nullptr ? attempt()->target : core().driver->peer_address(*this);
}

std::optional<PeerCredentials> Connection::peer_credentials() const { return core().driver->peer_credentials(*this); }

}  // namespace eddy
