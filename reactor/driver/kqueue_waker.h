// KqueueWaker: ends a kqueue's wait from any thread or signal handler, by EVFILT_USER or else by a pipe. Its events
// carry a token that no endpoint has.
#pragma once

#include <array>
#include <cstdint>

namespace eddy::driver {

class KqueueWaker {
 public:
  static constexpr std::uint64_t token = 0;  // no Id has generation 0

  // `kqueue` is empty still, and outlives it.
  explicit KqueueWaker(int kqueue);
  KqueueWaker(const KqueueWaker&) = delete;
  KqueueWaker& operator=(const KqueueWaker&) = delete;
  ~KqueueWaker();

  void wake() const noexcept;
  // After an event with its token.
  void drain() const;

 private:
  bool works_by_user_event() const;
  void trigger() const noexcept;
  void open_pipe();
  void close_pipe() const;

  const int kqueue_;
  std::array<int, 2> pipe_{-1, -1};  // where EVFILT_USER does not work
};

}  // namespace eddy::driver
