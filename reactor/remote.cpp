#include "reactor/remote.h"

#include "reactor/remote_mailbox.h"

namespace eddy {

bool Remote::post(Task task) const {
  std::unique_lock lock(mailbox_->mutex);
  auto* const driver = mailbox_->driver;
  if (driver == nullptr) return false;
  const bool first = mailbox_->tasks.empty();
  mailbox_->tasks.push_back(std::move(task));
  if (!first) return true;
  mailbox_->filled.store(true, std::memory_order_release);
  mailbox_->wakers.fetch_add(1, std::memory_order_relaxed);
  lock.unlock();
  driver->wake();
  mailbox_->wakers.fetch_sub(1, std::memory_order_release);
  return true;
}

bool Remote::alive() const {
  const std::lock_guard lock(mailbox_->mutex);
  return mailbox_->driver != nullptr;
}

}  // namespace eddy
