// Connection's deadlines: of connecting, of silence, of a peer that takes nothing, of closing.
#include <algorithm>
#include <new>

#include "reactor/connection.h"
#include "reactor/connection_extras.h"
#include "reactor/error.h"
#include "reactor/loop_core.h"

namespace eddy {

bool Connection::lingers() const { return flow_.life == Flow::Life::closing && flow_.output == Flow::Output::ended; }

// Closing a socket while the peer goes on sending resets the connection, and what the peer's system has not
// acknowledged is lost with it. As long as that becomes less, the peer reads.
void Connection::linger_on_or_end(TimePoint now) {
  const auto left = core().driver->unacknowledged(*this);
  if (left == 0) return end(why_);
  try {
    auto& linger = extras().linger;
    const bool first = !linger;
    if (first) linger = {.end = deadline_after(output_since_, options_->max_linger), .unacknowledged = left};
    if ((!first && left >= linger->unacknowledged) || deadline_after(now, options_->linger_timeout) > linger->end) {
      return end(Errc::output_cut);
    }
    linger->unacknowledged = left;
    output_since_ = now;
  } catch (const std::bad_alloc&) {
    end(Errc::output_cut);
  }
}

TimePoint Connection::next_deadline() const {
  if (flow_.life == Flow::Life::connecting) return std::min(attempt()->deadline, attempt()->retry_at);
  if (flow_.life == Flow::Life::adopted || flow_.life >= Flow::Life::ended) return never;
  auto deadline = never;
  if (!output.empty()) deadline = deadline_after(output_since_, options_->write_stall_timeout);
  if (lingers()) deadline = deadline_after(output_since_, options_->linger_timeout);
  if (flow_.life == Flow::Life::open) {
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
  take_over();
  const bool is_open = flow_.life == Flow::Life::open;
  if (flow_.life == Flow::Life::connecting) {
    if (now >= attempt()->deadline) {
      end(Errc::connect_timeout);
    } else if (now >= attempt()->retry_at) {
      next_attempt({});
    }
  } else if (!output.empty() && now >= deadline_after(output_since_, options_->write_stall_timeout)) {
    end(Errc::write_stalled, true);
  } else if (lingers() && now >= deadline_after(output_since_, options_->linger_timeout)) {
    linger_on_or_end(now);
  } else if (is_open && now >= deadline_after(opened_at_, options_->max_lifetime)) {
    begin_close(Errc::lifetime_ended);
  } else if (is_open && now >= deadline_after(last_activity_, options_->idle_timeout)) {
    if (table_->on_idle != nullptr) {
      last_activity_ = now;
      call_back([this] { table_->on_idle(*this); });
    } else {
      begin_close(Errc::idle_timeout);
    }
  }
  process();
  if (flow_.life < Flow::Life::ended) set_deadline();
}

}  // namespace eddy
