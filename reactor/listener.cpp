#include "reactor/listener.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "reactor/error.h"
#include "reactor/loop_core.h"
#include "reactor/observer.h"
#include "reactor/pool_listener.h"

namespace eddy {
namespace {

constexpr Duration first_back_off = 10ms;
constexpr Duration longest_back_off = 1s;

}  // namespace

ListenerBase::ListenerBase(Loop& loop, const ListenOptions& options)
    : loop_(loop),
      max_connections_(options.max_connections),
      connection_options_(std::make_shared<const ConnectionOptions>(options.connection)),
      back_off_(loop, [this] { resume(); }),
      next_back_off_(first_back_off) {
  loop.core().assert_thread();
}

ListenerBase::ListenerBase(Loop& loop, std::string_view address, const ListenOptions& options)
    : ListenerBase(loop, options) {
  address_ = Address::resolve(address).front();
  listen(address, options);
}

ListenerBase::ListenerBase(Loop& loop, ListenerGroup& group, const ListenOptions& options)
    : ListenerBase(loop, options) {
  group_ = &group;
  address_ = group.address;
  exclusive = group.spread == Spread::exclusive;
  auto& driver = *loop.core().driver;
  if (group.members.empty() || group.spread == Spread::reuseport) {
    auto own = options;
    own.reuse_port |= group.spread == Spread::reuseport;
    listen(group.asked, own);
    group.address = address_;
  } else if (group.spread == Spread::exclusive) {
    told(driver.share(*this, *group.members.front().listener), group.asked);
  } else {
    driver.endpoints().add(*this);
  }
}

void ListenerBase::listen(std::string_view asked, const ListenOptions& options) {
  if (!address_.is_stream()) {
    throw std::system_error(Errc::bad_address, "listen on " + std::string(asked) + ": expected tcp:// or unix:");
  }
  check(options.socket);
  told(loop_.core().driver->listen(*this, address_, options), asked);
  if (auto* observer = loop_.core().options.observer) observer->listening(address_);
}

void ListenerBase::told(std::error_code error, std::string_view asked) {
  if (!error) return;
  loop_.core().driver->close(*this);
  throw std::system_error(error, "listen on " + std::string(asked));
}

ListenerBase::~ListenerBase() { close(); }

void ListenerBase::start() { loop_.core().driver->accept(*this, true); }

void ListenerBase::close() {
  loop_.core().assert_thread();
  if (closed()) return;
  back_off_.cancel();
  if (std::exchange(exhausted_, false)) --loop_.core().exhausted_listeners;
  loop_.core().driver->close(*this);
  loop_.core().descriptor_freed();
}

bool ListenerBase::take_place() {
  if (group_ == nullptr) return connections() < max_connections_;
  if (group_->connections.fetch_add(1, std::memory_order_relaxed) < max_connections_) return true;
  group_->connections.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void ListenerBase::give_place_back() {
  connections_.fetch_sub(1, std::memory_order_relaxed);
  if (group_ != nullptr) group_->connections.fetch_sub(1, std::memory_order_relaxed);
}

void ListenerBase::accepted(driver::NativeSocket native) {
  auto& core = loop_.core();
  next_back_off_ = first_back_off;
  if (!take_place()) {
    ++core.stats.refused;
    if (auto* observer = core.options.observer) observer->refused(address_);
    return core.driver->discard(native);
  }
  if (group_ != nullptr && group_->spread == Spread::handoff) return group_->hand_over(*this, native);
  connections_.fetch_add(1, std::memory_order_relaxed);
  admit(native);
}

// The connection is counted already.
void ListenerBase::admit(driver::NativeSocket native) {
  auto& core = loop_.core();
  NewConnection connection;
  core.guarded([&] { connection = make(loop_, connection_options_); });
  if (connection == nullptr) {
    give_place_back();
    return core.driver->discard(native);
  }
  if (const auto error = core.driver->adopt(*connection, native)) {
    core.driver->close(*connection, true);
    give_place_back();
    ++core.stats.accept_errors;
    if (auto* observer = core.options.observer) observer->accept_failed(address_, error, false);
    return;
  }
  ++core.stats.accepted;
  ++core.stats.open;
  connection->listener_ = driver::Endpoint::id;
  auto& open = *connection.release();  // the loop's from here: buried after on_close
  open.opened();
  open.attend();
}

void ListenerBase::accept_failed(std::error_code why, bool shed) {
  auto& core = loop_.core();
  ++core.stats.accept_errors;
  if (shed) ++core.stats.shed;
  if (auto* observer = core.options.observer) observer->accept_failed(address_, why, shed);
  if (!std::exchange(exhausted_, true)) ++core.exhausted_listeners;
  back_off_.start(next_back_off_);
  next_back_off_ = std::min(2 * next_back_off_, longest_back_off);
}

void ListenerBase::resume() {
  if (!std::exchange(exhausted_, false)) return;
  --loop_.core().exhausted_listeners;
  back_off_.cancel();
  loop_.core().driver->accept(*this, true);
}

}  // namespace eddy
