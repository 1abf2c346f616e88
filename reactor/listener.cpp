#include "reactor/listener.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>
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

ListenerBase::ListenerBase(Loop& loop, const ListenOptions& options, Places::Holder places,
                           const SessionTable& sessions)
    : LoopMember(loop.core()),
      loop_(loop),
      places_(std::move(places)),
      hosts_(options.hosts),
      connection_options_(std::make_shared<const ConnectionOptions>(options.connection)),
      back_off_(loop, [this] { end_back_off(); }),
      next_back_off_(first_back_off) {
  wants_descriptors = sessions.on_descriptors != nullptr;
  check(options.connection);
}

ListenerBase::ListenerBase(Loop& loop, std::string_view address, const ListenOptions& options,
                           const SessionTable& sessions)
    : ListenerBase(loop, options, Places::make(options.max_connections), sessions) {
  address_ = Address::resolve(address).front();
  listen(address, options);
}

ListenerBase::ListenerBase(Loop& loop, OwnedSocket listening, const ListenOptions& options,
                           const SessionTable& sessions)
    : ListenerBase(loop, options, Places::make(options.max_connections), sessions) {
  take(std::move(listening));
}

ListenerBase::ListenerBase(Loop& loop, std::shared_ptr<ListenerGroup> group, const ListenOptions& options,
                           const SessionTable& sessions)
    : ListenerBase(loop, options, Places::make(group->places), sessions) {
  group_ = std::move(group);
  address_ = group_->address;
  exclusive = group_->spread == Spread::exclusive;
  auto& driver = *loop.core().driver;
  const bool has_socket = group_->members.empty() || group_->spread == Spread::reuseport;
  if (has_socket && !group_->listening.empty()) {
    take_next();
  } else if (has_socket) {
    auto own = options;
    own.reuse_port |= group_->spread == Spread::reuseport;
    listen(group_->asked, own);
    group_->address = address_;
  } else if (group_->spread == Spread::exclusive) {
    auto* first = group_->members.front()->core->driver->endpoints().find(group_->members.front()->id);
    told(driver.share(*this, static_cast<driver::Acceptor&>(*first)), group_->address.to_string());
  } else {
    driver.endpoints().add(*this);
  }
  group_->members.push_back(std::make_unique<ListenerGroup::Member>(loop.core(), driver::Endpoint::id, places_));
}

void ListenerBase::listen(std::string_view asked, const ListenOptions& options) {
  if (!address_.is_stream()) {
    throw std::system_error(Errc::bad_address, "listen on " + std::string(asked) + ": expected tcp:// or unix:");
  }
  check(options.socket);
  check(options.unix_file);
  told(loop_.core().driver->listen(*this, address_, options), asked);
  if (auto* observer = loop_.core().options.observer) observer->listening(address_);
}

void ListenerBase::take(OwnedSocket listening) {
  const auto number = std::to_string(listening.get());
  told(loop_.core().driver->take(*this, std::move(listening), address_),
       "socket " + number + ": expected a listening one, of TCP or Unix");
  if (auto* observer = loop_.core().options.observer) observer->listening(address_);
}

void ListenerBase::take_next() {
  const auto index = group_->members.size();
  auto& listening = group_->listening[index];
  const auto number = std::to_string(listening.get());
  take(std::move(listening));
  if (index == 0) group_->address = address_;
  if (address_ == group_->address) return;
  told(std::make_error_code(std::errc::invalid_argument), "socket " + number + ": it is at " + address_.to_string() +
                                                              ", expected " + group_->address.to_string() +
                                                              " as for the first one");
}

void ListenerBase::told(std::error_code error, std::string_view asked) {
  if (!error) return;
  loop_.core().driver->close(*this);
  throw std::system_error(error, "listen on " + std::string(asked));
}

ListenerBase::~ListenerBase() { close(); }

Address ListenerBase::peer_of(driver::NativeSocket accepted) const {
  return loop_.core().driver->peer_address(accepted);
}

void ListenerBase::start() { loop_.core().driver->accept(*this, true); }

void ListenerBase::close() {
  if (core_ == nullptr) return;
  core_->check_thread("Listener::close");
  if (closed()) return;
  back_off_.cancel();
  if (std::exchange(exhausted_, false)) --loop_.core().exhausted_listeners;
  if (group_ != nullptr) group_->leave(driver::Endpoint::id, loop_.core());
  loop_.core().driver->close(*this);
  loop_.core().descriptor_freed();
}

std::string ListenerBase::what_it_is() const {
  return (closed() ? "a closed Listener of " : "a Listener on ") + address_.to_string();
}

void ListenerBase::loop_ends() {
  close();
  leave_loop(back_off_);
}

ReleasedListener ListenerBase::release() {
  ReleasedListener released;
  if (closed()) return released;
  loop_.core().check_thread("Listener::release");
  driver::Unreported rest;
  released.socket = loop_.core().driver->release(*this, rest);
  released.accepted = std::move(rest.accepted);
  if (released.socket) close();
  return released;
}

void ListenerBase::accepted(driver::NativeSocket native) {
  next_back_off_ = first_back_off;
  failing_ = {};
  if (group_ != nullptr && group_->spread == Spread::handoff) return group_->hand_over(*this, native);
  if (auto place = place_for(native, places_)) {
    admit(native, std::move(place));
  } else {
    refuse(native);
  }
}

Place ListenerBase::place_for(driver::NativeSocket native, const Places::Holder& places) const {
  if (hosts_ == nullptr) return Place(places);
  try {
    auto host = hosts_->take(peer_of(native));
    return host ? Place(places, *std::move(host)) : Place();
  } catch (const std::bad_alloc&) {
    return {};  // who cannot be counted is refused
  }
}

void ListenerBase::refuse(driver::NativeSocket native) {
  auto& core = loop_.core();
  ++core.stats.refused;
  if (auto* observer = core.options.observer) observer->refused(address_);
  core.driver->discard(native);
}

void ListenerBase::admit(driver::NativeSocket native, Place place) {
  auto& core = loop_.core();
  NewConnection connection;
  bool refused = false;
  core.guarded([&] {
    connection = make(native);
    refused = connection == nullptr;
  });
  if (refused) return refuse(native);
  if (connection == nullptr) return core.driver->discard(native);
  connection->is_tcp = address_.is_ip();
  std::error_code error;
  try {
    error = core.driver->adopt(*connection, native);
  } catch (const std::bad_alloc&) {
    error = std::make_error_code(std::errc::not_enough_memory);
  }
  if (error) {
    core.driver->close(*connection, true);
    ++core.stats.accept_errors;
    if (auto* observer = core.options.observer) observer->accept_failed(address_, error, false);
    return;
  }
  ++core.stats.accepted;
  ++core.stats.open;
  connection->place_ = std::move(place);
  auto& open = *connection.release();  // the loop's from here: deleted after on_close
  open.opened();
  open.process();
}

void ListenerBase::accept_failed(std::error_code why, bool shed) {
  auto& core = loop_.core();
  ++core.stats.accept_errors;
  if (shed) ++core.stats.shed;
  const bool is_news = std::exchange(failing_, why) != why || shed;
  if (auto* observer = core.options.observer; observer != nullptr && is_news) {
    observer->accept_failed(address_, why, shed);
  }
  if (!std::exchange(exhausted_, true)) ++core.exhausted_listeners;
  back_off_.start(next_back_off_);
  next_back_off_ = std::min(2 * next_back_off_, longest_back_off);
}

void ListenerBase::end_back_off() {
  if (!std::exchange(exhausted_, false)) return;
  --loop_.core().exhausted_listeners;
  back_off_.cancel();
  if (!paused_) start();
}

void ListenerBase::pause() {
  if (core_ == nullptr) return;
  core_->check_thread("Listener::pause");
  if (closed() || std::exchange(paused_, true)) return;
  core_->driver->accept(*this, false);
}

void ListenerBase::resume() {
  if (core_ == nullptr) return;
  core_->check_thread("Listener::resume");
  if (closed() || !std::exchange(paused_, false)) return;
  if (!exhausted_) start();
}

}  // namespace eddy
