// Client: one connection to the server, whose lines are waited for and compared with patterns (message.h). What does
// not come fails the test with all that did come.
#pragma once

#include <reactor/listener.h>
#include <reactor/loop.h>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "../support/scripted.h"
#include "message.h"

namespace chat::test {

using Patterns = std::vector<std::string>;

class Client {
 public:
  // Connects on `loop`, which ends before the client does.
  Client(eddy::Loop& loop, const std::string& url, const eddy::ConnectOptions& options);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view line);         // CR LF is added
  void send_bytes(std::string_view bytes);  // as they are

  // Says a line, and checks that exactly these lines come of it, in this order; what had come before is skipped. The
  // server has done it all when this returns: it has answered a PING sent after the line.
  void exchange(std::string_view line, const Patterns& patterns, const char* file = __builtin_FILE(),
                int at = __builtin_LINE());
  // Lets the server do all that was said so far, and skips what has come.
  void settle(const char* file = __builtin_FILE(), int at = __builtin_LINE()) { new_lines(file, at); }
  // That exactly these lines have come since the last check.
  void receives(const Patterns& patterns, const char* file = __builtin_FILE(), int at = __builtin_LINE());
  // The same, and gives what comes of it.
  std::vector<Message> ask(std::string_view line, const char* file = __builtin_FILE(), int at = __builtin_LINE());

  // Waits for a line and skips those before it.
  Message expect(std::string_view pattern, const char* file = __builtin_FILE(), int at = __builtin_LINE());
  // Waits for the next line, whatever it is.
  Message next(const char* file = __builtin_FILE(), int at = __builtin_LINE());
  // Waits until the server has closed the connection.
  void expect_end(const char* file = __builtin_FILE(), int at = __builtin_LINE());
  bool ended();

  void stop_reading();
  void read_on();
  void close();  // without a QUIT
  void reset();

 private:
  eddy::Connection* connection() { return loop_.find(id_); }
  void take_lines();
  // Waits for one of which `wanted` is true, and gives it with those before it.
  template <class Wanted>
  std::vector<Message> until(Wanted wanted, std::string_view name, const char* file, int at);
  std::vector<Message> new_lines(const char* file, int at);
  [[noreturn]] void give_up(const std::string& what, const char* file, int at);
  void compare(const std::vector<Message>& messages, const Patterns& patterns, const std::string& what,
               const char* file, int at);

  eddy::Loop& loop_;
  eddy::test::Script script_;
  eddy::Id id_{};
  std::size_t taken_ = 0;      // bytes of script_.received that are in lines_ or were
  std::deque<Message> lines_;  // not looked at yet
  std::string transcript_;
  int pings_ = 0;
};

}  // namespace chat::test
