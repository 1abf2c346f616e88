// Connection's session: another one for it.
#include <algorithm>
#include <utility>

#include "reactor/connection.h"
#include "reactor/connection_extras.h"
#include "reactor/loop_core.h"

namespace eddy {

Connection::Extras& Connection::extras() {
  if (extras_ == nullptr) extras_ = std::make_unique<Extras>();
  return *extras_;
}

Connection::Attempt* Connection::attempt() const { return extras_ == nullptr ? nullptr : extras_->attempt.get(); }

Successor& Connection::successor() const { return *extras_->session; }

bool Connection::give(std::unique_ptr<Successor> session) {
  core().check_thread("Connection::become");
  if (flow_.life != Flow::Life::open) return false;  // the factory has closed it
  extras().next.swap(session);
  flow_.becoming = true;
  mark_pending();
  return true;
}

void Connection::change_session() {
  while (flow_.becoming && flow_.life == Flow::Life::open) {
    flow_.becoming = false;
    if (input_ != nullptr && table_->held_input != nullptr) drop_kept(std::min(table_->held_input(*this), kept()));
    auto before = std::exchange(extras_->session, std::move(extras_->next));
    table_ = &extras_->session->table;
    if (before == nullptr) {
      destroy_first_session();
    } else {
      before.reset();
    }
    flow_.offer_again = input_ != nullptr;
    mark_due();
    if (table_->on_open != nullptr) call_session([this] { table_->on_open(*this); });
  }
}

}  // namespace eddy
