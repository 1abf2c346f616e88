// kqueue(2): macOS, FreeBSD, NetBSD, OpenBSD.
//
// Level-triggered, which is free here: a change of interest goes along with the next wait and costs no call of its own.
// EV_CLEAR would tell of EV_EOF only once, and would stall a reader that stops short of what is there, as at an urgent
// mark. Timers and signals are not asked of it: EVFILT_TIMER has units and system-wide limits that differ,
// EVFILT_SIGNAL only observes what the process's disposition must ignore first.

#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)

#include <fcntl.h>
#include <sys/types.h>
// After it, on older systems.
#include <sys/event.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <climits>
#include <ctime>
#include <type_traits>
#include <utility>
#include <vector>

#include "reactor/driver/poller.h"

namespace eddy::driver {
namespace {

using Event = struct kevent;
using Filter = decltype(Event::filter);  // short, or uint32_t on NetBSD
using Filters = std::uint8_t;

constexpr auto read_filter = static_cast<Filter>(EVFILT_READ);
constexpr auto write_filter = static_cast<Filter>(EVFILT_WRITE);

static_assert(sizeof(Event::udata) == sizeof(std::uint64_t), "udata carries an Id's token");

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::system_category(), what); }

// Every change carries the token: modifying, NOTE_TRIGGER included, overwrites udata.
Event change(int descriptor, Filter filter, unsigned flags, std::uint64_t token, unsigned filter_flags = 0,
             int data = 0) {
  Event event{};
  event.ident = static_cast<decltype(event.ident)>(descriptor);
  event.filter = filter;
  event.flags = static_cast<decltype(event.flags)>(flags);
  event.fflags = static_cast<decltype(event.fflags)>(filter_flags);
  event.data = data;
  event.udata = std::bit_cast<decltype(event.udata)>(token);
  return event;
}

// The counts are int, and size_t on NetBSD.
template <class Count>
int call(int (*function)(int, const Event*, Count, Event*, Count, const timespec*), int queue,
         std::span<const Event> changes, std::span<Event> events, const timespec* time) {
  return function(queue, changes.data(), static_cast<Count>(changes.size()), events.data(),
                  static_cast<Count>(events.size()), time);
}

// Kernels count in units of their own and may round down to them: whole microseconds come out whole. NetBSD and
// OpenBSD refuse a time of years.
timespec time_for(Duration timeout) {
  const auto time = std::clamp<std::chrono::microseconds>(std::chrono::ceil<std::chrono::microseconds>(timeout),
                                                          std::chrono::microseconds(0), std::chrono::hours(24));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  timespec result{};
  result.tv_sec = static_cast<decltype(result.tv_sec)>(seconds.count());
  result.tv_nsec = static_cast<decltype(result.tv_nsec)>(std::chrono::nanoseconds(time - seconds).count());
  return result;
}

class Kqueue final : public Poller {
 public:
  Kqueue() : kqueue_(::kqueue()), owner_(::getpid()) {
    if (kqueue_ < 0) fail("kqueue");
    // kqueue1 is not everywhere. On macOS it is so already.
    ::fcntl(kqueue_, F_SETFD, FD_CLOEXEC);
    try {
      if (!wakes_by_user_event()) open_wake_pipe();
    } catch (...) {
      close_all();
      throw;
    }
  }
  Kqueue(const Kqueue&) = delete;
  Kqueue& operator=(const Kqueue&) = delete;
  ~Kqueue() override { close_all(); }

  std::string_view name() const override { return "kqueue"; }
  bool edge_triggered() const override { return false; }

  std::error_code add(NativeSocket socket, std::uint64_t token, Interests interests) override {
    const bool others = (interests & want_foreign) != 0;
    if (others) {
      // kevent takes regular files, and they are always ready; epoll refuses them like this.
      struct stat file {};
      if (::fstat(socket, &file) != 0) return {errno, std::system_category()};
      if (S_ISREG(file.st_mode) || S_ISDIR(file.st_mode)) {
        return std::make_error_code(std::errc::operation_not_permitted);
      }
    }
    const auto index = static_cast<std::size_t>(socket);
    if (index >= descriptors_.size()) descriptors_.resize(std::max(index + 1, descriptors_.size() * 2));
    auto& descriptor = descriptors_[index];
    if (others && descriptor.token != 0) return std::make_error_code(std::errc::file_exists);
    // Whatever was registered under this number went when it was closed.
    descriptor.token = token;
    descriptor.set = 0;
    descriptor.wanted = filters_for(interests);
    if (!others) {
      enqueue(socket);
      if (eager_) submit_queue();
      return {};
    }
    // It may be anything: what cannot be watched (such as some devices on macOS) is told at once.
    append_changes(socket);
    for (const auto& each : std::exchange(changes_, {})) {
      if (call(&::kevent, kqueue_, {&each, 1}, {}, &no_time) >= 0) continue;
      const int error = errno;
      // A pipe without a reader, on FreeBSD, OpenBSD and NetBSD: an error that is ready to be seen, as elsewhere.
      if (error == EPIPE || error == EBADF) {
        refused(each, error);
      } else {
        remove(socket);
        return {error, std::system_category()};
      }
    }
    return {};
  }

  void modify(NativeSocket socket, std::uint64_t token, Interests interests) override {
    auto* descriptor = find(socket, token);
    if (descriptor == nullptr) return;
    descriptor->wanted = filters_for(interests);
    enqueue(socket);
    if (eager_) submit_queue();
  }

  // At once: its owner may close it next, and the number be anybody's when a queued change is made.
  void remove(NativeSocket socket) override {
    const auto index = static_cast<std::size_t>(socket);
    if (index >= descriptors_.size()) return;
    descriptors_[index].wanted = 0;
    append_changes(socket);
    submit();
    closing(socket);
  }

  // close() itself drops what is registered; a queued change would come too late, and to the number's next owner.
  void closing(NativeSocket socket) override {
    const auto index = static_cast<std::size_t>(socket);
    if (index >= descriptors_.size()) return;
    auto& descriptor = descriptors_[index];
    descriptor.token = 0;
    descriptor.wanted = descriptor.set = 0;
  }

  std::size_t wait(std::span<PollEvent> events, Duration timeout) override {
    append_queue();
    const auto room = std::min(events.size(), ready_.size());
    // A refused change needs room for its error: without, kevent fails and leaves out the changes after it.
    if (changes_.size() > room) submit();
    if (!queue_.empty()) timeout = Duration::zero();  // of these, some were refused: the next wait reports it
    std::size_t used = 0;
    bool errors = false;
    auto count = enter(room, timeout);
    for (std::size_t i = 0; i < count; ++i) {
      errors |= is_error(ready_[i]);
      report(ready_[i], events, used);
    }
    if (errors) {
      // They come instead of the events that there are.
      count = enter(room - used, used == 0 ? timeout : Duration::zero());
      for (std::size_t i = 0; i < count; ++i) report(ready_[i], events, used);
    }
    return used;
  }

  void wake() noexcept override {
    if (wake_pipe_[1] >= 0) {
      // A full pipe is woken already.
      [[maybe_unused]] const auto written = ::write(wake_pipe_[1], "", 1);
    } else {
      trigger();
    }
  }

  // Who waits for it by other means than wait() would wait in vain for what is only queued.
  std::optional<int> descriptor() const override {
    if (!std::exchange(eager_, true)) const_cast<Kqueue*>(this)->submit_queue();
    return kqueue_;
  }

 private:
  // What a descriptor is registered for.
  static constexpr Filters reads = 1;
  static constexpr Filters writes = 2;
  static constexpr Filters guards = 4;  // EVFILT_READ too, to hear of a reset while nobody reads or writes

  static constexpr std::uint64_t wake_token = 0;  // no Id has generation 0
  static constexpr timespec no_time{};

  struct Descriptor {
    std::uint64_t token = 0;  // 0: none of ours
    std::uint32_t place = 0;  // in the events of this wait
    Filters wanted = 0;
    Filters set = 0;  // what the kernel has, once changes_ are made
    bool queued = false;
  };

  static Filters filters_for(Interests interests) {
    if (interests == 0) return guards;
    Filters filters = 0;
    if ((interests & want_read) != 0) filters |= reads;
    if ((interests & want_write) != 0) filters |= writes;
    return filters;
  }

  Descriptor* find(NativeSocket socket, std::uint64_t token) {
    const auto index = static_cast<std::size_t>(socket);
    if (index >= descriptors_.size() || descriptors_[index].token != token) return nullptr;
    return &descriptors_[index];
  }

  // ---- changes

  void enqueue(int socket) {
    auto& descriptor = descriptors_[static_cast<std::size_t>(socket)];
    if (std::exchange(descriptor.queued, true)) return;
    queue_.push_back(socket);
  }

  void append_queue() {
    for (const int socket : queue_) {
      descriptors_[static_cast<std::size_t>(socket)].queued = false;
      append_changes(socket);
    }
    queue_.clear();
  }

  void append_changes(int socket) {
    auto& descriptor = descriptors_[static_cast<std::size_t>(socket)];
    const auto gone = static_cast<Filters>(descriptor.set & ~descriptor.wanted);
    const auto added = static_cast<Filters>(descriptor.wanted & ~descriptor.set);
    const auto append = [&](Filter filter, unsigned flags, unsigned filter_flags = 0, int data = 0) {
      changes_.push_back(change(socket, filter, flags, descriptor.token, filter_flags, data));
    };
    // First, since adding what is there would keep its EV_CLEAR.
    if ((gone & (reads | guards)) != 0) append(read_filter, EV_DELETE);
    if ((gone & writes) != 0) append(write_filter, EV_DELETE);
    // EV_ADD alone does not enable what has been disabled.
    if ((added & reads) != 0) append(read_filter, EV_ADD | EV_ENABLE);
    if ((added & writes) != 0) append(write_filter, EV_ADD | EV_ENABLE);
    // EV_CLEAR, since after the peer's FIN it would be reported without end; the mark, so that data does not wake.
    if ((added & guards) != 0) append(read_filter, EV_ADD | EV_ENABLE | EV_CLEAR, NOTE_LOWAT, INT_MAX);
    descriptor.set = descriptor.wanted;
  }

  void submit_queue() {
    append_queue();
    submit();
  }

  // Makes the changes without a wait. No EV_RECEIPT: on FreeBSD, without room for receipts, that drops the later
  // changes and says nothing. After a refusal each is made by itself; to make one twice does no harm.
  void submit() {
    if (!changes_.empty() && call(&::kevent, kqueue_, changes_, {}, &no_time) < 0 && errno != EINTR) {
      for (const auto& each : changes_) {
        if (call(&::kevent, kqueue_, {&each, 1}, {}, &no_time) < 0 && errno != EINTR) refused(each, errno);
      }
    }
    changes_.clear();
  }

  // Tried again by the next wait: reported as long as it lasts, like a level-triggered event. False when nobody minds.
  bool refused(const Event& event, std::int64_t error) {
    const auto socket = static_cast<int>(event.ident);
    auto* descriptor = find(socket, std::bit_cast<std::uint64_t>(event.udata));
    const auto filters = event.filter == read_filter ? reads | guards : writes;
    // Deleting what a close() by its owner has dropped already.
    if (error == ENOENT || descriptor == nullptr || (descriptor->wanted & filters) == 0) return false;
    descriptor->set = static_cast<Filters>(descriptor->set & ~filters);
    enqueue(socket);
    if (eager_) wake();
    return true;
  }

  // ---- events

  // FreeBSD puts EV_ERROR in the place of the flags, macOS adds it.
  static bool is_error(const Event& event) { return (event.flags & EV_ERROR) != 0; }

  // Makes the changes and waits; answers how many events are in ready_.
  std::size_t enter(std::size_t room, Duration timeout) {
    const auto time = time_for(timeout);
    const int count = call(&::kevent, kqueue_, changes_, {ready_.data(), room}, timeout == unlimited ? nullptr : &time);
    // EINTR, which comes whatever SA_RESTART says, interrupts the wait: the changes are made.
    if (count < 0 && errno != EINTR) fail("kevent");
    changes_.clear();
    return count < 0 ? 0 : static_cast<std::size_t>(count);
  }

  // One kevent, which tells of one direction: both become one PollEvent, so that their order does not matter.
  void report(const Event& event, std::span<PollEvent> events, std::size_t& used) {
    const auto token = std::bit_cast<std::uint64_t>(event.udata);
    if (token == wake_token) return drain_wakes();
    auto* descriptor = find(static_cast<int>(event.ident), token);
    if (descriptor == nullptr) return;
    const bool of_read = event.filter == read_filter;
    const bool end = !is_error(event) && (event.flags & EV_EOF) != 0;
    // With EV_EOF fflags is the error. An error of a UDP socket comes without: the call that is ready will tell.
    auto code = end ? static_cast<std::int64_t>(event.fflags) : 0;
    if (is_error(event)) {
      if (!refused(event, event.data)) return;
      code = event.data;
    } else if (of_read && (descriptor->set & guards) != 0 && code == 0) {
      return;
    }
    if (descriptor->place >= used || events[descriptor->place].token != token) {
      descriptor->place = static_cast<std::uint32_t>(used);
      events[used++] = {.token = token};
    }
    auto& merged = events[descriptor->place];
    if (of_read) {
      merged.read = true;
      merged.end |= end;  // there may be bytes before it
    } else {
      merged.write = true;
      merged.hangup |= end;
    }
    if (code != 0) {
      merged.error = true;
      merged.code = static_cast<std::uint16_t>(code);
    }
  }

  // ---- waking

  // Some kernels define EVFILT_USER and do not have it, or it never fires: tried out.
  bool wakes_by_user_event() {
#ifdef EVFILT_USER
    const auto user = change(0, EVFILT_USER, EV_ADD | EV_ENABLE | EV_CLEAR, wake_token);
    if (call(&::kevent, kqueue_, {&user, 1}, {}, &no_time) < 0) return false;
    trigger();
    if (call(&::kevent, kqueue_, {}, {ready_.data(), 1}, &no_time) == 1 && ready_[0].filter == user.filter &&
        !is_error(ready_[0])) {
      return true;
    }
    const auto gone = change(0, EVFILT_USER, EV_DELETE, wake_token);
    call(&::kevent, kqueue_, {&gone, 1}, {}, &no_time);
#endif
    return false;
  }

  void trigger() const noexcept {
#ifdef EVFILT_USER
    // Flags of 0: EV_ADD would not fire on FreeBSD, EV_CLEAR would cancel it there.
    const auto event = change(0, EVFILT_USER, 0, wake_token, NOTE_TRIGGER);
    while (call(&::kevent, kqueue_, {&event, 1}, {}, &no_time) < 0 && errno == EINTR) {
    }
#endif
  }

  void open_wake_pipe() {
    if (::pipe(wake_pipe_.data()) != 0) fail("pipe");
    for (const int end : wake_pipe_) {
      ::fcntl(end, F_SETFD, FD_CLOEXEC);
      ::fcntl(end, F_SETFL, O_NONBLOCK);
    }
    const auto reading = change(wake_pipe_[0], read_filter, EV_ADD | EV_ENABLE, wake_token);
    if (call(&::kevent, kqueue_, {&reading, 1}, {}, &no_time) < 0) fail("kevent");
  }

  void drain_wakes() const {
    if (wake_pipe_[0] < 0) return;
    std::array<char, 256> bytes;
    while (::read(wake_pipe_[0], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size())) {
    }
  }

  void close_all() const {
    for (const int end : wake_pipe_) {
      if (end >= 0) ::close(end);
    }
    // A forked child has no kqueue: there the number is free, or somebody else's.
    if (::getpid() == owner_) ::close(kqueue_);
  }

  const int kqueue_;
  const pid_t owner_;
  std::array<int, 2> wake_pipe_{-1, -1};  // where EVFILT_USER does not work
  mutable bool eager_ = false;            // changes are made at once, not by the next wait
  std::vector<Descriptor> descriptors_;   // by number
  std::vector<int> queue_;                // whose interest has changed
  std::vector<Event> changes_;            // empty outside the functions that make them
  std::array<Event, 256> ready_;
};

}  // namespace

std::unique_ptr<Poller> make_kqueue_poller() { return std::make_unique<Kqueue>(); }

}  // namespace eddy::driver

#endif
