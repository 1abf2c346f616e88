// Connection's input: delivering it, keeping what the session leaves, and the peer's end.
#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>
#include <utility>

#include "reactor/connection.h"
#include "reactor/loop_core.h"

namespace eddy {
namespace {

constexpr std::size_t smallest_to_shrink = std::size_t{16} * 1024;

}  // namespace

void Connection::update_receiving() {
  const bool wanted = wants_input(flow_, input_ != nullptr);
  if (wanted == flow_.receiving || flow_.life >= Flow::Life::ended) return;
  flow_.receiving = wanted;
  core().driver->receive(*this, wanted);
}

void Connection::note_received(std::size_t count) {
  auto& core = this->core();
  last_activity_ = core.driver->now();
  bytes_in_ += count;
  core.stats.bytes_in += count;
}

void Connection::stream_data(Bytes data) {
  open_adopted();
  note_received(data.size());
  take_over();
  if (flow_.life != Flow::Life::open) return;  // close() reads and discards
  if (flow_.receiving) {
    deliver(data);
  } else {
    keep(data, false);  // was under way when the engine stopped receiving
  }
  process();
}

void Connection::deliver(Bytes data) {
  if (input_ != nullptr) {
    keep(data, true);
    if (flow_.life == Flow::Life::open) offer_kept();
    return;
  }
  flow_.offer_again = false;
  ++core().stats.messages_in;
  std::size_t consumed = 0;
  call_session([&] { consumed = table_->on_data(*this, data); });
  if (flow_.life != Flow::Life::open) return;
  // The rest of what one read brought is kept whatever the limits say when it waits for an answer that was refused, or
  // for another session.
  if (consumed < data.size()) keep(data.without_first(consumed), !is_refused(flow_.low) && !flow_.becoming);
  after_offer(consumed, data.size());
}

void Connection::offer_kept() {
  flow_.offer_again = false;
  ++core().stats.messages_in;
  const auto offered = input_->content();
  std::size_t consumed = 0;
  offering_kept_ = true;
  call_session([&] { consumed = table_->on_data(*this, offered); });
  offering_kept_ = false;
  if (flow_.life != Flow::Life::open) return;
  drop_kept(std::min(consumed, offered.size()));
  after_offer(consumed, offered.size());
}

void Connection::after_offer(std::size_t consumed, std::size_t offered) {
  if (consumed > offered) return end(Errc::consumed_too_much);
  if (flow_.life != Flow::Life::open) return;
  if (kept() > options_->input_limit && !is_refused(flow_.low) && !flow_.becoming) {
    return end(Errc::input_limit, true);
  }
  update_receiving();
  take_over();
}

void Connection::keep(Bytes rest, bool within_limits) {
  if (within_limits && !core().budget.admits_input(rest.size())) return end(Errc::input_limit, true);
  try {
    make_room(rest.size());
  } catch (const std::bad_alloc&) {
    return end(std::make_error_code(std::errc::not_enough_memory), true);
  }
  std::memcpy(input_->storage() + input_->end, rest.data(), rest.size());
  input_->end += rest.size();
}

void Connection::make_room(std::size_t count) {
  auto& budget = core().budget;
  if (input_ == nullptr) {
    input_ = budget.take_input(count);
  } else if (input_->room() < count) {
    const auto content = input_->content();
    if (content.size() + count <= input_->capacity && input_->begin >= input_->capacity / 2) {
      std::memmove(input_->storage(), content.data(), content.size());
      input_->begin = 0;
      input_->end = content.size();
    } else {
      auto* larger = budget.take_input(std::max(2 * content.size(), content.size() + count));
      std::memcpy(larger->storage(), content.data(), content.size());
      larger->end = content.size();
      budget.give_back_input(std::exchange(input_, larger));
    }
  }
}

void Connection::drop_kept(std::size_t count) {
  assert(count <= kept());
  input_->begin += count;
  if (input_->size() == 0) return core().budget.give_back_input(std::exchange(input_, nullptr));
  if (input_->capacity <= smallest_to_shrink || input_->size() > input_->capacity / 4) return;
  // The rest of what was large does not keep all of that memory.
  try {
    auto* smaller = core().budget.take_input(input_->size());
    std::memcpy(smaller->storage(), input_->storage() + input_->begin, input_->size());
    smaller->end = input_->size();
    core().budget.give_back_input(std::exchange(input_, smaller));
  } catch (const std::bad_alloc&) {  // then it stays where it is
  }
}

void Connection::stream_end() {
  open_adopted();
  last_activity_ = core().driver->now();
  flow_.input = Flow::Input::end_arrived;
  flow_.receiving = false;
  process();  // kept input that is due comes before the end
}

void Connection::tell_end() {
  flow_.input = Flow::Input::end_told;
  if (flow_.life != Flow::Life::open) return;
  if (table_->on_end != nullptr) {
    call_back([this] { table_->on_end(*this); });
  } else {
    begin_close({});
  }
}

bool Connection::pause() {
  core().check_thread("Connection::pause");
  if (closing()) return false;
  flow_.paused = true;
  update_receiving();
  return true;
}

bool Connection::resume() {
  core().check_thread("Connection::resume");
  if (closing()) return false;
  if (!flow_.paused) return true;
  flow_.paused = false;
  update_receiving();
  // Inside on_data also for what that call leaves, which is not kept yet.
  flow_.offer_again = true;
  if (input_ != nullptr || flow_.input == Flow::Input::end_arrived) mark_due();
  return true;
}

}  // namespace eddy
