#include "reactor/remote.h"

#include "reactor/remote_mailbox.h"

namespace eddy {

bool Remote::post(Task task) const {
  const std::lock_guard lock(mailbox_->mutex);
  if (mailbox_->driver == nullptr) return false;
  const bool first = mailbox_->tasks.empty();
  mailbox_->tasks.push_back(std::move(task));
  if (first) {
    mailbox_->filled.store(true, std::memory_order_release);
    mailbox_->driver->wake();
  }
  return true;
}

bool Remote::alive() const {
  const std::lock_guard lock(mailbox_->mutex);
  return mailbox_->driver != nullptr;
}

}  // namespace eddy
