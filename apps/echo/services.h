// The classic services of the first Internet hosts, each as a stream session and a datagram session:
// echo (RFC 862), discard (RFC 863), character generator (RFC 864), daytime (RFC 867).
#pragma once

#include <reactor/connection.h>
#include <reactor/datagram.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "answer_limit.h"

namespace echo {

// Sends back what it gets. A peer that does not read is not read from either: its data waits in the kernel.
struct EchoStream {
  std::size_t on_data(eddy::Connection& peer, eddy::Bytes in);
  void on_low(eddy::Connection& peer) { peer.resume(); }
  void on_end(eddy::Connection& peer) { peer.finish(); }
};

struct DiscardStream {
  void on_data(eddy::Connection& /*peer*/, eddy::Bytes /*in*/) {}
};

// 72 printable characters a line, each line starting one character further on, until the peer has had enough.
class ChargenStream {
 public:
  void on_open(eddy::Connection& peer) { fill(peer); }
  void on_low(eddy::Connection& peer) { fill(peer); }
  void on_data(eddy::Connection& /*peer*/, eddy::Bytes /*in*/) {}

 private:
  void fill(eddy::Connection& peer);
  std::size_t line_ = 0;
};

// The date and time as a line of text, then the end.
struct DaytimeStream {
  void on_open(eddy::Connection& peer);
  void on_data(eddy::Connection& /*peer*/, eddy::Bytes /*in*/) {}
};

struct EchoDatagrams {
  explicit EchoDatagrams(AnswerLimit answers) : limit(std::move(answers)) {}
  AnswerLimit limit;
  void on_datagram(eddy::DatagramSocket& socket, eddy::Bytes payload, const eddy::Address& from);
};

struct DiscardDatagrams {
  explicit DiscardDatagrams(const AnswerLimit& /*limit*/) {}  // it answers nothing
  void on_datagram(eddy::DatagramSocket& /*socket*/, eddy::Bytes /*payload*/, const eddy::Address& /*from*/) {}
};

// Answers each datagram with 0 to 512 characters.
class ChargenDatagrams {
 public:
  explicit ChargenDatagrams(AnswerLimit limit) : limit_(std::move(limit)) {}
  void on_datagram(eddy::DatagramSocket& socket, eddy::Bytes payload, const eddy::Address& from);

 private:
  AnswerLimit limit_;
  std::size_t count_ = 0;
};

struct DaytimeDatagrams {
  explicit DaytimeDatagrams(AnswerLimit answers) : limit(std::move(answers)) {}
  AnswerLimit limit;
  void on_datagram(eddy::DatagramSocket& socket, eddy::Bytes payload, const eddy::Address& from);
};

// "Monday, November 23, 2026 21:47:03-UTC\r\n", one of the forms that RFC 867 suggests.
std::string daytime_text();

// A forged sender can set two such services talking to each other without end, or one to itself (CERT CA-1996-01):
// datagrams from the ports of services that answer anything are not answered, nor those from the socket's own port.
bool answers_anything(const eddy::DatagramSocket& socket, const eddy::Address& from);

}  // namespace echo
