// Child: a program that is run, with what it writes kept for its end. A thread of its own reads that, so that the
// program never waits for somebody to read.
#pragma once

#include <reactor/time.h>
#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace attack {

// The place of the first byte that could order a terminal about: C0 without tab and newline, DEL, and C1 as one byte or
// in UTF-8. npos when there is none.
std::size_t find_control(std::string_view text);

// With what is no printable ASCII as \xNN, but for newlines.
std::string escaped(std::string_view text);

class Child {
 public:
  // Throws std::system_error when it cannot be started. Sanitizers report with `sanitizer_status`, and keep little of
  // what was freed, so that memory shows what is in use.
  explicit Child(const std::vector<std::string>& command);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  // kills it when it is still there

  static constexpr int sanitizer_status = 99;

  // The first lines of its stdout, when there are so many within the time.
  std::optional<std::vector<std::string>> lines(std::size_t count, eddy::Duration within);
  bool running() { return !ended_within({}); }
  bool ended_within(eddy::Duration time);
  void signal(int number) const;
  // "ended with status 1", "was ended by signal 11"; of one that has ended.
  std::string how_it_ended() const;
  std::optional<int> status() const;  // nothing when a signal ended it

  std::string out();
  std::string err();  // the last of it
  // A sanitizer's report, from where it begins.
  std::string report();
  // What it wrote with a control character in it, on either.
  std::string control_characters();
  std::uint64_t resident_bytes() const;  // 0 where the system does not say

 private:
  struct Stream {
    int descriptor = -1;
    std::string kept = {};
    std::string unchecked = {};
    std::string control = {};
  };
  void read_all();

  pid_t process_ = -1;
  int wait_status_ = 0;
  bool ended_ = false;
  std::mutex mutex_;
  Stream out_;
  Stream err_;
  std::thread reader_;
};

}  // namespace attack
