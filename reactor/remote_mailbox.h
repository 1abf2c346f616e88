// Remote::Mailbox: where other threads leave tasks. Not for users.
#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "reactor/driver/driver.h"
#include "reactor/driver/fork_mark.h"
#include "reactor/remote.h"

namespace eddy {

struct Remote::Mailbox {
  // In a forked child it is the parent's: what is posted there would be run by nobody, or wake the parent.
  const driver::ForkMark owner;
  std::mutex mutex;
  std::vector<Task> tasks;           // guarded by mutex
  driver::Driver* driver = nullptr;  // guarded by mutex; null once the loop is gone
  std::atomic<bool> filled{false};   // so that a turn without tasks takes no lock
  std::atomic<int> wakers{0};        // who is waking the driver, outside of the lock: it must not go away meanwhile
};

}  // namespace eddy
