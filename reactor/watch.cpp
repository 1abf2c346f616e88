#include "reactor/watch.h"

#include <system_error>
#include <utility>

#include "reactor/loop_core.h"

namespace eddy {

class WatchedDescriptor final : public driver::Watched, private LoopMember {
 public:
  WatchedDescriptor(LoopCore& core, int descriptor, Callback<void(Ready)> callback)
      : LoopMember(core), descriptor_(descriptor), callback_(std::move(callback)) {}
  ~WatchedDescriptor() override {
    if (core_ != nullptr) {
      core_->check_thread("Watch's destructor");
      core_->driver->unwatch(*this);
    }
    if (destroyed_ != nullptr) *destroyed_ = true;
  }

  void set_interest(Interest interest) {
    if (core_ == nullptr) return;
    core_->check_thread("Watch::set_interest");
    if (const auto error = core_->driver->set_interest(*this, interest)) {
      throw std::system_error(error, "watch descriptor " + std::to_string(socket));
    }
  }

 private:
  std::string what_it_is() const override { return "a Watch of descriptor " + std::to_string(descriptor_); }
  void loop_ends() override { core_->driver->unwatch(*this); }

  void watched_ready(Ready ready) override {
    // The callback may destroy the watch, and with it itself: it runs from here.
    bool destroyed = false;
    destroyed_ = &destroyed;
    auto callback = std::move(callback_);
    core_->guarded([&] { callback(ready); });
    if (destroyed) return;
    destroyed_ = nullptr;
    callback_ = std::move(callback);
  }

  const int descriptor_;
  Callback<void(Ready)> callback_;
  bool* destroyed_ = nullptr;
};

Watch::Watch(std::unique_ptr<WatchedDescriptor> watched) : watched_(std::move(watched)) {}
Watch::Watch() noexcept = default;
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;
Watch::~Watch() = default;

void Watch::set_interest(Interest interest) {
  if (watched_ != nullptr) watched_->set_interest(interest);
}

Watch Loop::watch(int descriptor, Interest interest, Callback<void(Ready)> callback) {
  core_->check_thread("Loop::watch");
  auto watched = std::make_unique<WatchedDescriptor>(*core_, descriptor, std::move(callback));
  if (const auto error = core_->driver->watch(*watched, descriptor, interest)) {
    throw std::system_error(error, "watch descriptor " + std::to_string(descriptor));
  }
  return Watch(std::move(watched));
}

}  // namespace eddy
