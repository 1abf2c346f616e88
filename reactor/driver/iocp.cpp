// Windows: readiness by AFD polls, whose ends come over an I/O completion port. AFD is the device under every socket;
// what select does with it once for many sockets is done here for each socket by itself, so that a wait costs only what
// is ready (as in wepoll, libuv and mio).
//
// A poll is one-shot. It is armed again just before the next wait, when it is known what is still wanted; so a report
// comes once for each wait while it lasts: level-triggered.

#ifdef _WIN32

#include <winternl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reactor/driver/poller.h"
#include "reactor/driver/sockaddr.h"
#include "reactor/driver/socket_calls.h"

// Exported by ntdll.dll, declared by no header of the SDK.
extern "C" NTSTATUS NTAPI NtCancelIoFileEx(HANDLE file, IO_STATUS_BLOCK* request, IO_STATUS_BLOCK* status);

namespace eddy::driver {
namespace {

constexpr ULONG ioctl_afd_poll = 0x00012024;
constexpr NTSTATUS success = 0;
constexpr NTSTATUS pending = 0x103;
constexpr auto connection_refused = static_cast<NTSTATUS>(0xC0000236);

constexpr ULONG afd_receive = 0x001;
constexpr ULONG afd_send = 0x004;
constexpr ULONG afd_disconnect = 0x008;
constexpr ULONG afd_abort = 0x010;
constexpr ULONG afd_local_close = 0x020;
constexpr ULONG afd_accept = 0x080;
constexpr ULONG afd_connect_fail = 0x100;

struct AfdPollHandle {
  HANDLE handle;
  ULONG events;
  NTSTATUS status;
};
struct AfdPollInfo {
  LARGE_INTEGER timeout;
  ULONG count;
  ULONG exclusive;
  AfdPollHandle handle;
};

[[noreturn]] void fail(const char* what) { throw std::system_error(system_error_code(GetLastError()), what); }

// The socket under those that layered providers put on top: AFD knows no others.
SOCKET base_socket(SOCKET socket, std::error_code& error) {
  const auto ask = [](SOCKET of, DWORD code) {
    SOCKET answer = INVALID_SOCKET;
    DWORD size = 0;
    return WSAIoctl(of, code, nullptr, 0, &answer, sizeof answer, &size, nullptr, nullptr) == 0 ? answer
                                                                                                : INVALID_SOCKET;
  };
  while (true) {
    const auto base = ask(socket, SIO_BASE_HANDLE);
    if (base != INVALID_SOCKET) {
      // Wine answers it for any number.
      int type = 0;
      int size = sizeof type;
      if (getsockopt(base, SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &size) != 0) error = last_error();
      return base;
    }
    error = last_error();
    // Some providers (Komodia's) break it against the rules, but let one step down through.
    const auto below = ask(socket, SIO_BSP_HANDLE_POLL);
    if (below == INVALID_SOCKET || below == socket) return INVALID_SOCKET;
    error = {};
    socket = below;
  }
}

class Iocp final : public Poller {
 public:
  Iocp() : port_(CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1)) {
    if (port_ == nullptr) fail("CreateIoCompletionPort");
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
    const auto base = base_socket(socket, error);
    if (error) return error;
    auto& place = polls_[socket];
    if (place != nullptr) return std::make_error_code(std::errc::file_exists);
    place = std::make_unique<Poll>();
    place->socket = socket;
    place->base = reinterpret_cast<HANDLE>(base);
    place->token = token;
    place->interests = interests;
    try {
      place->device = &device_with_room();
    } catch (const std::system_error& no_device) {
      polls_.erase(socket);
      return no_device.code();
    }
    ++place->device->polls;
    arm_later(*place);
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
    AfdPollInfo info{};
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

  static constexpr ULONG once = afd_abort | afd_connect_fail | afd_local_close;

  static ULONG events_for(const Poll& poll) {
    // Unasked for, errors are not told: under Wine a poll for sending alone does not end when a connect is refused.
    ULONG events = once & ~poll.told;
    // The peer's end lasts: it is of interest to readers alone, and they stop when they have read it.
    if ((poll.interests & want_read) != 0) events |= afd_receive | afd_accept | afd_disconnect;
    if ((poll.interests & want_write) != 0) events |= afd_send;
    return events;
  }

  Device& device_with_room() {
    for (auto place = devices_.rbegin(); place != devices_.rend(); ++place) {
      if ((*place)->polls < most_polls) return **place;
    }
    wchar_t path[] = L"\\Device\\Afd\\eddy";
    UNICODE_STRING name{sizeof path - sizeof *path, sizeof path, path};
    OBJECT_ATTRIBUTES attributes{};
    attributes.Length = sizeof attributes;
    attributes.ObjectName = &name;
    IO_STATUS_BLOCK status{};
    HANDLE handle = nullptr;
    const auto opened = NtCreateFile(&handle, SYNCHRONIZE, &attributes, &status, nullptr, 0,
                                     FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN, 0, nullptr, 0);
    if (opened != success) {
      throw std::system_error(system_error_code(RtlNtStatusToDosError(opened)), "open \\Device\\Afd");
    }
    if (CreateIoCompletionPort(handle, port_, 0, 0) == nullptr ||
        SetFileCompletionNotificationModes(handle, FILE_SKIP_SET_EVENT_ON_HANDLE) == 0) {
      const auto error = GetLastError();
      CloseHandle(handle);
      throw std::system_error(system_error_code(error), "CreateIoCompletionPort");
    }
    devices_.push_back(std::make_unique<Device>(Device{handle}));
    return *devices_.back();
  }

  void arm_later(Poll& poll) {
    if (poll.listed) return;
    poll.listed = true;
    to_arm_.push_back(poll.socket);
  }

  void arm_all() {
    for (const auto socket : to_arm_) {
      const auto place = polls_.find(socket);
      if (place == polls_.end()) continue;
      place->second->listed = false;
      arm(*place->second);
    }
    to_arm_.clear();
  }

  void arm(Poll& poll) {
    const auto events = events_for(poll);
    if (poll.armed != 0) {
      // A request cannot be changed: the cancelled one's end lists the poll again. One that asks for too much may stay.
      if ((events & ~poll.armed) != 0) cancel(poll);
      return;
    }
    poll.info.timeout.QuadPart = INT64_MAX;
    poll.info.count = 1;
    poll.info.exclusive = FALSE;
    poll.info.handle = {poll.base, events, success};
    poll.status.Status = pending;
    poll.armed = events;
    ++under_way_;
    const auto result =
        NtDeviceIoControlFile(poll.device->handle, nullptr, nullptr, &poll, &poll.status, ioctl_afd_poll, &poll.info,
                              sizeof poll.info, &poll.info, sizeof poll.info);
    if (result == success || result == pending) return;
    // Somebody closed the socket behind our back; that is told like any other event.
    poll.info.handle.events = afd_local_close;
    poll.status.Status = success;
    PostQueuedCompletionStatus(port_, 0, 0, reinterpret_cast<OVERLAPPED*>(&poll));
  }

  static void cancel(Poll& poll) {
    if (std::exchange(poll.cancelled, true)) return;
    // Not found is fine, too: its end is on the way already.
    IO_STATUS_BLOCK status{};
    NtCancelIoFileEx(poll.device->handle, &poll.status, &status);
  }

  // Fills ends_; answers how many.
  ULONG collect(DWORD milliseconds, std::size_t room = most_ends) {
    ULONG count = 0;
    if (GetQueuedCompletionStatusEx(port_, ends_.data(), static_cast<ULONG>(std::min(room, most_ends)), &count,
                                    milliseconds, FALSE) != 0) {
      return count;
    }
    // The count of a call that timed out is not to be trusted.
    if (GetLastError() != WAIT_TIMEOUT) fail("GetQueuedCompletionStatusEx");
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
    if (poll.status.Status != success || poll.info.count == 0) return false;
    const auto happened = poll.info.handle.events & events_for(poll);
    if (happened == 0) return false;
    poll.told |= happened & once;
    event = {.token = poll.token,
             .read = (happened & (afd_receive | afd_accept | afd_disconnect)) != 0,
             .write = (happened & afd_send) != 0,
             .error = (happened & once) != 0,
             .hangup = (happened & afd_abort) != 0,
             .code = code_of(happened, poll.info.handle.status)};
    return true;
  }

  // Wine has taken these errors from the socket by now: the next receiving call on it would find none.
  static std::uint16_t code_of(ULONG happened, NTSTATUS status) {
    if ((happened & afd_connect_fail) != 0) return status == connection_refused ? WSAECONNREFUSED : 0;
    return (happened & afd_abort) != 0 ? WSAECONNRESET : 0;
  }

  static constexpr std::size_t most_ends = 256;

  const HANDLE port_;
  std::vector<std::unique_ptr<Device>> devices_;
  std::unordered_map<NativeSocket, std::unique_ptr<Poll>> polls_;
  std::vector<NativeSocket> to_arm_;
  std::size_t under_way_ = 0;  // requests of which the kernel has not told the end
  std::atomic<bool> woken_{false};
  std::array<OVERLAPPED_ENTRY, most_ends> ends_;
};

}  // namespace

std::unique_ptr<Poller> make_iocp_poller() { return std::make_unique<Iocp>(); }

}  // namespace eddy::driver

#endif
