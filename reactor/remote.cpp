#include "reactor/remote.h"

#include "reactor/remote_mailbox.h"

namespace eddy {

bool Remote::post(Task task) const {
  auto& mailbox = *mailbox_;  // once unlocked, the task may run, and this Remote be gone; the loop waits for wakers
  if (mailbox.owner.in_child()) return false;
  std::unique_lock lock(mailbox.mutex);
  auto* const driver = mailbox.driver;
  if (driver == nullptr) return false;
  const bool first = mailbox.tasks.empty();
  mailbox.tasks.push_back(std::move(task));
  if (!first) return true;
  mailbox.filled.store(true, std::memory_order_release);
  mailbox.wakers.fetch_add(1, std::memory_order_relaxed);
  lock.unlock();
  driver->wake();
  mailbox.wakers.fetch_sub(1, std::memory_order_release);
  return true;
}

bool Remote::alive() const {
  if (mailbox_->owner.in_child()) return false;
  const std::lock_guard lock(mailbox_->mutex);
  return mailbox_->driver != nullptr;
}

}  // namespace eddy
