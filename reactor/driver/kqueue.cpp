// kqueue(2): macOS, FreeBSD, NetBSD, OpenBSD.
//
// Level-triggered, which is free here: a change of interest goes along with the next wait and costs no call of its own.
// EV_CLEAR would tell of EV_EOF only once, and would stall a reader that stops short of what is there, as at an urgent
// mark. Timers and signals are not asked of it: EVFILT_TIMER has units and system-wide limits that differ,
// EVFILT_SIGNAL only observes what the process's disposition must ignore first.

#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <new>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "reactor/driver/fork_mark.h"
#include "reactor/driver/kevent_call.h"
#include "reactor/driver/kqueue_waker.h"
#include "reactor/driver/poller.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {
namespace {

using Filters = std::uint8_t;

constexpr auto read_filter = static_cast<Filter>(EVFILT_READ);
constexpr auto write_filter = static_cast<Filter>(EVFILT_WRITE);

// The queue's descriptor.
class OwnedKqueue {
 public:
  OwnedKqueue() { open(); }
  OwnedKqueue(const OwnedKqueue&) = delete;
  OwnedKqueue& operator=(const OwnedKqueue&) = delete;
  // A forked child has no kqueue: there the number is free, or somebody else's.
  ~OwnedKqueue() {
    if (!in_child()) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  bool in_child() const { return owner_.in_child(); }
  void restart_in_child() {
    if (!in_child()) ::close(descriptor_);  // of an attempt before
    open();
    owner_ = ForkMark();
  }

 private:
  void open() {
    descriptor_ = ::kqueue();
    if (descriptor_ < 0) throw_last_error("kqueue");
    // kqueue1 is not everywhere. On macOS it is so already.
    ::fcntl(descriptor_, F_SETFD, FD_CLOEXEC);
  }

  int descriptor_ = -1;
  ForkMark owner_;
};

// Refuses descriptors of others that are not to be watched. kevent takes regular files, and they are always ready:
// epoll refuses them like this.
std::error_code check_foreign(int descriptor) {
  struct stat file {};
  if (::fstat(descriptor, &file) != 0) return {errno, std::system_category()};
  if (S_ISREG(file.st_mode) || S_ISDIR(file.st_mode)) return std::make_error_code(std::errc::operation_not_permitted);
  return {};
}

class Kqueue final : public Poller {
 public:
  std::string_view name() const override { return "kqueue"; }
  bool edge_triggered() const override { return false; }

  std::error_code add(NativeSocket socket, std::uint64_t token, Interests interests) override {
    if (socket < 0) return std::make_error_code(std::errc::bad_file_descriptor);
    if (kqueue_.in_child()) return std::make_error_code(std::errc::operation_not_permitted);
    const bool others = (interests & want_foreign) != 0;
    if (others) {
      if (const auto error = check_foreign(socket)) return error;
    }
    const auto index = static_cast<std::size_t>(socket);
    try {
      if (index >= descriptors_.size()) descriptors_.resize(std::max(index + 1, descriptors_.size() * 2));
      queue_.reserve(descriptors_.size());  // each is there once at most: enqueue never fails
      changes_.reserve(most_changes);       // of one descriptor at once: remove never fails
    } catch (const std::bad_alloc&) {
      return std::make_error_code(std::errc::not_enough_memory);
    }
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
    // The descriptor may be anything: what cannot be watched (such as some devices on macOS) is told at once.
    append_changes(socket);
    // A copy, since each that fails may change changes_; of a size that needs no memory.
    std::array<Event, most_changes> wishes;
    const auto end = std::copy(changes_.begin(), changes_.end(), wishes.begin());
    changes_.clear();
    for (const auto& each : std::span(wishes.begin(), end)) {
      if (poll_kevent(kqueue_.get(), {&each, 1}) >= 0) continue;
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

  // The change is made at once: the owner may close the descriptor next, and the number be anybody's when a queued
  // change is made.
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
      // Errors come instead of the events that there are.
      count = enter(room - used, used == 0 ? timeout : Duration::zero());
      for (std::size_t i = 0; i < count; ++i) report(ready_[i], events, used);
    }
    return used;
  }

  void wake() noexcept override { waker_->wake(); }

  // Who waits for it by other means than wait() would wait in vain for what is only queued.
  std::optional<int> descriptor() const override {
    if (!std::exchange(eager_, true)) const_cast<Kqueue*>(this)->submit_queue();
    return kqueue_.get();
  }

  void restart_in_child() override {
    kqueue_.restart_in_child();
    waker_.emplace(kqueue_.get());
    descriptors_.clear();
    queue_.clear();
    changes_.clear();
    eager_ = false;
  }

 private:
  // What a descriptor is registered for.
  static constexpr Filters reads = 1;
  static constexpr Filters writes = 2;
  static constexpr Filters guards = 4;  // EVFILT_READ too, to hear of a reset while nobody reads or writes

  static constexpr std::size_t most_changes = 4;  // of one descriptor

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

  // For want of memory it throws, and nothing has changed.
  void append_queue() {
    changes_.reserve(changes_.size() + most_changes * queue_.size());
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
    // Deletions come first, since adding what is there would keep its EV_CLEAR.
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
    if (kqueue_.in_child()) return changes_.clear();
    if (!changes_.empty() && poll_kevent(kqueue_.get(), changes_) < 0 && errno != EINTR) {
      for (const auto& each : changes_) {
        if (poll_kevent(kqueue_.get(), {&each, 1}) < 0 && errno != EINTR) refused(each, errno);
      }
    }
    changes_.clear();
  }

  // The change is tried again by the next wait, and is reported as long as the refusal lasts. False when nobody minds.
  bool refused(const Event& event, std::int64_t error) {
    const auto socket = static_cast<int>(event.ident);
    auto* descriptor = find(socket, token_of(event));
    const auto filters = event.filter == read_filter ? reads | guards : writes;
    // Deleting what a close() by its owner has dropped already.
    if (error == ENOENT || descriptor == nullptr || (descriptor->wanted & filters) == 0) return false;
    descriptor->set = static_cast<Filters>(descriptor->set & ~filters);
    enqueue(socket);
    if (eager_) wake();
    return true;
  }

  // ---- events

  // Makes the changes and waits; answers how many events are in ready_.
  std::size_t enter(std::size_t room, Duration timeout) {
    const auto time = time_for(timeout);
    const int count =
        enter_kevent(kqueue_.get(), changes_, {ready_.data(), room}, timeout == unlimited ? nullptr : &time);
    // EINTR, which comes whatever SA_RESTART says, interrupts the wait: the changes are made.
    if (count < 0 && errno != EINTR) {
      const auto error = last_error();
      submit();
      throw std::system_error(error, "kevent");
    }
    changes_.clear();
    return count < 0 ? 0 : static_cast<std::size_t>(count);
  }

  // One kevent, which tells of one direction: both become one PollEvent, so that their order does not matter.
  void report(const Event& event, std::span<PollEvent> events, std::size_t& used) {
    const auto token = token_of(event);
    if (token == KqueueWaker::token) return waker_->drain();
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

  OwnedKqueue kqueue_;
  std::optional<KqueueWaker> waker_{std::in_place, kqueue_.get()};
  mutable bool eager_ = false;           // changes are made at once, not by the next wait
  std::vector<Descriptor> descriptors_;  // by number
  std::vector<int> queue_;               // whose interest has changed
  std::vector<Event> changes_;           // empty outside the functions that make them
  std::array<Event, 256> ready_;
};

}  // namespace

std::unique_ptr<Poller> make_kqueue_poller() { return std::make_unique<Kqueue>(); }

}  // namespace eddy::driver

#endif
