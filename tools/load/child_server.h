// ChildServer: an echo in a process of its own, for the self-test: only such a one can be stopped as a whole. Not on
// Windows.
#pragma once

#include <reactor/time.h>

#include <string>

namespace load {

class ChildServer {
 public:
  // Answers each message `delay` after it came, or at once. Forks: the process must not have threads yet. Throws
  // std::system_error.
  explicit ChildServer(eddy::Duration delay = {});
  ~ChildServer();  // ends it
  ChildServer(const ChildServer&) = delete;
  ChildServer& operator=(const ChildServer&) = delete;

  const std::string& url() const { return url_; }

  // SIGSTOP and SIGCONT.
  void stop() const;
  void go_on() const;

 private:
  int process_ = -1;
  int lifeline_ = -1;  // closed at the parent's end, however that comes: the child ends with it
  std::string url_;
};

}  // namespace load
