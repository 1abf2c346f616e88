// Conversation: a good client's connection, that waits for each answer up to a generous deadline.
#pragma once

#include <reactor/address.h>
#include <reactor/time.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

#include "raw_socket.h"

namespace attack {

// What a good client was not given, or given wrong.
struct WrongAnswer : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Conversation {
 public:
  static constexpr eddy::Duration patience = std::chrono::seconds(20);

  // Connects. This and all others throw WrongAnswer.
  Conversation(std::string name, const eddy::Address& to);

  void say(std::string_view text);
  std::string line();  // without its end, CR LF
  std::string bytes(std::size_t count);
  void expect_line(std::string_view expected);  // the next one is this
  void finish() { socket_.finish(); }
  std::string until_end();

  // A datagram, and its answer; asked again each second, as datagrams may be lost.
  std::string ask(std::string_view datagram, bool (*is_answer)(std::string_view asked, std::string_view got));

 private:
  void more();  // waits for bytes
  [[noreturn]] void complain(const std::string& what) const;

  std::string name_;
  eddy::Address to_;
  RawSocket socket_;
  std::string in_;
  std::string said_;
  bool ended_ = false;
};

}  // namespace attack
