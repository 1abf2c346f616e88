// Blocking clients of the text protocol, made of plain sockets. Every wait has a deadline, which fails the test.
#pragma once

#include "../support/raw_socket.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cache::test {

class Client {
 public:
  explicit Client(const eddy::Address& server) : socket_(server) {}

  // The whole answer to one command or several. They are followed by mn, whose MN tells that no more comes; it is not
  // in the result. So what is asked must be complete, and values must not end in "MN\r\n".
  std::string ask(std::string_view commands);

  // What arrives meanwhile is kept, so that neither side waits for the other.
  void send(std::string_view data);
  void finish() { socket_.finish(); }

  std::string read(std::size_t count);           // that many bytes
  std::string read_until(std::string_view end);  // to the first occurrence of it, included
  std::string read_to_end();                     // to the end of the connection, in order or by a reset
  bool silent();                                 // nothing has arrived that was not read

 private:
  bool receive();  // waits for more; false at the end of the connection, and with a failure at the deadline
  std::string take(std::size_t count);

  eddy::test::RawSocket socket_;
  std::string received_;
};

// A datagram of the UDP protocol: its header of four 16-bit numbers, and the text.
struct Frame {
  std::uint16_t request = 0;
  std::uint16_t sequence = 0;
  std::uint16_t total = 1;
  std::uint16_t reserved = 0;
  std::string text;
};

class UdpClient {
 public:
  explicit UdpClient(const eddy::Address& server) : socket_(server) {}

  void send(const Frame& frame);
  void send_raw(std::string_view datagram) { socket_.send(datagram); }

  // One message: as many datagrams as its first one says, put in order. All must be whole and for that request.
  std::string receive(std::uint16_t request);
  // The messages that answer it, until their text ends so. (memcached answers a get of several keys with a message for
  // each; nothing in the protocol asks for that.)
  std::string ask(std::uint16_t request, std::string_view commands, std::string_view end = "\r\n");
  bool silent() { return !socket_.wait_readable({}); }

 private:
  Frame receive_one();

  eddy::test::RawSocket socket_;
};

}  // namespace cache::test
