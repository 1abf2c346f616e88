#include "reactor/listener.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "reactor/error.h"
#include "reactor/loop_core.h"
#include "reactor/observer.h"

namespace eddy {
namespace {

constexpr Duration first_back_off = 10ms;
constexpr Duration longest_back_off = 1s;

}  // namespace

ListenerBase::ListenerBase(Loop& loop, std::string_view address, const ListenOptions& options)
    : loop_(loop),
      max_connections_(options.max_connections),
      connection_options_(std::make_shared<const ConnectionOptions>(options.connection)),
      back_off_(loop, [this] { resume(); }),
      next_back_off_(first_back_off) {
  loop.core().assert_thread();
  address_ = Address::resolve(address).front();
  if (!address_.is_stream()) {
    throw std::system_error(Errc::bad_address, "listen on " + std::string(address) + ": expected tcp:// or unix:");
  }
  check(options.socket);
  auto& driver = *loop.core().driver;
  if (const auto error = driver.listen(*this, address_, options)) {
    driver.close(*this);
    throw std::system_error(error, "listen on " + std::string(address));
  }
  if (auto* observer = loop.core().options.observer) observer->listening(address_);
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

void ListenerBase::accepted(driver::NativeSocket native) {
  auto& core = loop_.core();
  next_back_off_ = first_back_off;
  if (connections_ >= max_connections_) {
    ++core.stats.refused;
    if (auto* observer = core.options.observer) observer->refused(address_);
    return core.driver->discard(native);
  }
  NewConnection connection;
  core.guarded([&] { connection = make(loop_, connection_options_); });
  if (connection == nullptr) return core.driver->discard(native);
  if (const auto error = core.driver->adopt(*connection, native)) {
    core.driver->close(*connection, true);
    ++core.stats.accept_errors;
    if (auto* observer = core.options.observer) observer->accept_failed(address_, error, false);
    return;
  }
  ++connections_;
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
