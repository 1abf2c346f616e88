// Windows: readiness by AFD polls, whose ends come over an I/O completion port. AFD is the device under every socket;
// what select does with it once for many sockets is done here for each socket by itself, so that a wait costs only what
// is ready (as in wepoll, libuv and mio).
//
// A poll is one-shot. It is armed again just before the next wait, when it is known what is still wanted; so a report
// comes once for each wait while it lasts: level-triggered.

#ifdef _WIN32

#include <algorithm>
#include <array>
#include <atomic>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reactor/driver/afd.h"
#include "reactor/driver/poller.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {
namespace {

class Iocp final : public Poller {
 public:
  Iocp() : port_(CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1)) {
    if (port_ == nullptr) throw_last_error("CreateIoCompletionPort");
    try {
      device_with_room();
    } catch (...) {
      CloseHandle(port_);
      throw;
    }
  }
  Iocp(const Iocp&) = delete;
  Iocp& operator=(const Iocp&) = delete;
  ~Iocp() override {
    while (!polls_.empty()) remove(polls_.begin()->first);
    // What was cancelled belongs to the kernel until its end has come. Should one not come, its memory is left to it.
    PollEvent none;
    while (under_way_ > 0) {
      const auto count = collect(1000);
      if (count == 0) break;
      for (ULONG i = 0; i < count; ++i) {
        if (ends_[i].lpOverlapped != nullptr) finished(*reinterpret_cast<Poll*>(ends_[i].lpOverlapped), none);
      }
    }
    for (const auto& device : devices_) CloseHandle(device->handle);
    CloseHandle(port_);
  }

  std::string_view name() const override { return "iocp"; }
  bool edge_triggered() const override { return false; }

  std::error_code add(NativeSocket socket, std::uint64_t token, Interests interests) override {
    std::error_code error;
    const auto base = afd::base_socket(socket, error);
    if (error) return error;
    if (polls_.contains(socket)) return std::make_error_code(std::errc::file_exists);
    auto poll = std::make_unique<Poll>();
    poll->socket = socket;
    poll->base = reinterpret_cast<HANDLE>(base);
    poll->token = token;
    poll->interests = interests;
    try {
      poll->device = &device_with_room();
    } catch (const std::system_error& no_device) {
      return no_device.code();
    }
    auto& added = *polls_.emplace(socket, std::move(poll)).first->second;
    ++added.device->polls;
    arm_later(added);
    return {};
  }

  void modify(NativeSocket socket, std::uint64_t token, Interests interests) override {
    const auto place = polls_.find(socket);
    if (place == polls_.end()) return;
    place->second->token = token;
    place->second->interests = interests;
    arm_later(*place->second);
  }

  void remove(NativeSocket socket) override {
    const auto place = polls_.find(socket);
    if (place == polls_.end()) return;
    auto poll = std::move(place->second);
    polls_.erase(place);
    if (poll->armed == 0) {
      --poll->device->polls;
    } else {
      // The kernel writes to it until the cancelled request has ended: finished() frees it.
      cancel(*poll);
      poll.release()->removed = true;
    }
  }
  void closing(NativeSocket socket) override { remove(socket); }

  std::size_t wait(std::span<PollEvent> events, Duration timeout) override {
    const auto deadline = deadline_after(std::chrono::steady_clock::now(), timeout);
    while (true) {
      arm_all();
      const auto milliseconds = timeout == unlimited ? INFINITE : static_cast<DWORD>(whole_milliseconds(timeout));
      const auto count = collect(milliseconds, events.size());
      bool woken = false;
      std::size_t used = 0;
      for (ULONG i = 0; i < count; ++i) {
        if (ends_[i].lpOverlapped == nullptr) {
          woken = true;
        } else if (finished(*reinterpret_cast<Poll*>(ends_[i].lpOverlapped), events[used])) {
          ++used;
        }
      }
      if (woken) woken_.exchange(false);
      if (woken || used > 0) return used;
      // The ends of cancelled polls are nobody's business, and the system's timer may be early by part of a tick.
      if (timeout == unlimited) continue;
      timeout = deadline - std::chrono::steady_clock::now();
      if (timeout <= Duration::zero()) return 0;
    }
  }

  void wake() noexcept override {
    if (woken_.exchange(true)) return;
    // A wake that could not be posted must not keep the next one from being so.
    if (PostQueuedCompletionStatus(port_, 0, 0, nullptr) == 0) woken_.exchange(false);
  }

 private:
  // A handle of the AFD device, with the polls that go through it. Cancelling gets slower with their number.
  struct Device {
    HANDLE handle;
    int polls = 0;
  };
  static constexpr int most_polls = 32;

  struct Poll {
    IO_STATUS_BLOCK status{};
    afd::PollInfo info{};
    NativeSocket socket = no_socket;
    HANDLE base = nullptr;
    Device* device = nullptr;
    std::uint64_t token = 0;
    ULONG armed = 0;  // what the request under way asks for; 0 when there is none
    ULONG told = 0;   // of what happens once
    Interests interests = 0;
    bool listed = false;  // in to_arm_
    bool cancelled = false;
    bool removed = false;
  };

  static constexpr ULONG once = afd::abort | afd::connect_fail | afd::local_close;

  static ULONG events_for(const Poll& poll) {
    // Unasked for, errors are not told: under Wine a poll for sending alone does not end when a connect is refused.
    ULONG events = once & ~poll.told;
    // The peer's end lasts: it is of interest to readers alone, and they stop when they have read it.
    if ((poll.interests & want_read) != 0) events |= afd::receive | afd::accept | afd::disconnect;
    if ((poll.interests & want_write) != 0) events |= afd::send;
    return events;
  }

  Device& device_with_room() {
    for (auto place = devices_.rbegin(); place != devices_.rend(); ++place) {
      if ((*place)->polls < most_polls) return **place;
    }
    const auto handle = afd::open_device(port_);
    devices_.push_back(std::make_unique<Device>(Device{handle}));
    return *devices_.back();
  }

  void arm_later(Poll& poll) {
    if (poll.listed) return;
    to_arm_.push_back(poll.socket);
    poll.listed = true;
  }

  void arm_all() {
    arming_.swap(to_arm_);
    for (const auto socket : arming_) {
      const auto place = polls_.find(socket);
      if (place == polls_.end()) continue;
      place->second->listed = false;
      arm(*place->second);
    }
    arming_.clear();
  }

  void arm(Poll& poll) {
    // Closed behind our back: that would be told without end.
    if ((poll.told & afd::local_close) != 0) return;
    const auto events = events_for(poll);
    if (poll.armed != 0) {
      // A request cannot be changed: the cancelled one's end lists the poll again. One that asks for too much may stay.
      if ((events & ~poll.armed) != 0) cancel(poll);
      return;
    }
    poll.armed = events;
    ++under_way_;
    if (afd::begin_poll(poll.device->handle, poll.base, events, poll.info, poll.status, &poll)) return;
    // Somebody closed the socket behind our back; that is told like any other event.
    poll.info.handle.events = afd::local_close;
    poll.status.Status = afd::success;
    if (PostQueuedCompletionStatus(port_, 0, 0, reinterpret_cast<OVERLAPPED*>(&poll)) != 0) return;
    // No memory: the next wait tries again.
    --under_way_;
    poll.armed = 0;
    arm_later(poll);
  }

  static void cancel(Poll& poll) {
    if (std::exchange(poll.cancelled, true)) return;
    afd::cancel_poll(poll.device->handle, poll.status);
  }

  // Fills ends_; answers how many.
  ULONG collect(DWORD milliseconds, std::size_t room = most_ends) {
    ULONG count = 0;
    if (GetQueuedCompletionStatusEx(port_, ends_.data(), static_cast<ULONG>(std::min(room, most_ends)), &count,
                                    milliseconds, FALSE) != 0) {
      return count;
    }
    // The count of a call that timed out is not to be trusted.
    if (GetLastError() != WAIT_TIMEOUT) throw_last_error("GetQueuedCompletionStatusEx");
    return 0;
  }

  // True when there is something to tell.
  bool finished(Poll& poll, PollEvent& event) {
    --under_way_;
    poll.armed = 0;
    poll.cancelled = false;
    if (poll.removed) {
      --poll.device->polls;
      delete &poll;
      return false;
    }
    arm_later(poll);
    if (poll.status.Status != afd::success || poll.info.count == 0) return false;
    const auto happened = poll.info.handle.events & events_for(poll);
    if (happened == 0) return false;
    poll.told |= happened & once;
    event = {.token = poll.token,
             .read = (happened & (afd::receive | afd::accept | afd::disconnect)) != 0,
             .write = (happened & afd::send) != 0,
             .error = (happened & once) != 0,
             .hangup = (happened & afd::abort) != 0,
             // Wine has taken it from the socket by now: the next receiving call would find none.
             .code = afd::error_of(happened, poll.info.handle.status)};
    return true;
  }

  static constexpr std::size_t most_ends = 256;

  const HANDLE port_;
  std::vector<std::unique_ptr<Device>> devices_;
  std::unordered_map<NativeSocket, std::unique_ptr<Poll>> polls_;
  std::vector<NativeSocket> to_arm_;
  std::vector<NativeSocket> arming_;
  std::size_t under_way_ = 0;  // requests of which the kernel has not told the end
  std::atomic<bool> woken_{false};
  std::array<OVERLAPPED_ENTRY, most_ends> ends_;
};

}  // namespace

std::unique_ptr<Poller> make_iocp_poller() { return std::make_unique<Iocp>(); }

}  // namespace eddy::driver

#endif
