// Datagrams.
#include <gtest/gtest.h>
#include <reactor/datagram.h>

#include <cerrno>
#include <string>
#include <vector>

#include "../support/raw_socket.h"
#include "cells.h"

namespace eddy::test {
namespace {

struct Mail {
  std::vector<std::string> received;
  std::vector<std::error_code> errors;
};

struct Mailbox {
  void on_datagram(DatagramSocket&, Bytes in, const Address&) const { mail->received.emplace_back(in.text()); }
  void on_error(DatagramSocket&, std::error_code why) const { mail->errors.push_back(why); }
  Mail* mail;
};

// A socket whose receiver is another one of the same loop.
struct Pair {
  explicit Pair(const Cell& cell)
      : loop({.driver = cell.driver}),
        from(loop, "udp://127.0.0.1:0", [this] { return Mailbox{&sender}; }),
        to(loop, "udp://127.0.0.1:0", [this] { return Mailbox{&receiver}; }) {
    from.connect(to.address().to_string());
  }
  Mail sender;
  Mail receiver;
  Loop loop;
  Datagram<Mailbox> from;
  Datagram<Mailbox> to;
};

using Texts = std::vector<std::string>;
using Errors = std::vector<std::error_code>;

}  // namespace

void check_receive_datagrams(const Cell& cell) {
  Mail mail;
  Loop loop({.driver = cell.driver});
  const Datagram<Mailbox> socket(loop, "udp://127.0.0.1:0", [&] { return Mailbox{&mail}; });
  RawSocket peer(socket.address());
  const bool reports = cell.answer == "reports";
  Fault fault(cell.fault("recvmmsg", "receive_datagrams"), cell.error, reports ? 1'000'000 : 1);
  peer.send("one");
  ASSERT_TRUE(until(loop, [&] { return fault.hits() > 0; }));
  if (reports) {
    EXPECT_LE(turns_in_a_while(loop), 300) << "it does not spin";
    EXPECT_GT(fault.hits(), 1);
    EXPECT_LE(fault.hits(), 100);
    EXPECT_EQ(mail.errors, Errors(static_cast<std::size_t>(fault.hits()), cell.code()));
    EXPECT_EQ(loop.stats().datagram_errors, mail.errors.size());
    fault.lift();
    mail.errors.clear();
  } else {
    EXPECT_TRUE(cell.answer == "again" || cell.answer == "waits") << cell;
  }
  peer.send("two");
  EXPECT_TRUE(until(loop, [&] { return mail.received == Texts{"one", "two"}; }));
  EXPECT_EQ(mail.errors, Errors());
}

void check_send_datagrams(const Cell& cell) {
  Pair pair(cell);
  const Fault fault("sendmmsg", cell.error);
  pair.from.send("one");
  pair.from.send("three");
  ASSERT_TRUE(until(pair.loop, [&] { return fault.hits() == 1; }));
  // The socket was not full: that it can be written is told with the next event.
  pair.to.send_to(pair.from.address(), "poke");
  const bool loses = cell.answer == "reports, and loses one";
  const auto expected = loses ? Texts{"three"} : Texts{"one", "three"};
  EXPECT_TRUE(until(pair.loop, [&] { return pair.receiver.received == expected; }));
  if (loses || cell.answer == "reports, and sends") {
    EXPECT_EQ(pair.sender.errors, Errors{cell.code()});
  } else {
    EXPECT_TRUE(cell.answer == "again" || cell.answer == "waits") << cell;
    EXPECT_EQ(pair.sender.errors, Errors());
  }
}

void check_send_combined(const Cell& cell) {
  ASSERT_EQ(cell.answer, "sends apart");
  Pair pair(cell);
  const Fault fault("sendmmsg", cell.error);
  Texts sent;
  for (const char letter : {'a', 'b', 'c'}) sent.emplace_back(1400, letter);
  for (const auto& each : sent) pair.from.send(each);
  EXPECT_TRUE(until(pair.loop, [&] { return pair.receiver.received == sent; }));
  EXPECT_EQ(fault.hits(), 1);
  EXPECT_EQ(pair.sender.errors, Errors());
}

void check_writable(const Cell& cell) {
  Pair pair(cell);
  const Fault full("sendmmsg", EAGAIN);
  const Fault fault("ring:writable", cell.error);
  pair.from.send("one");
  EXPECT_TRUE(until(pair.loop, [&] { return pair.receiver.received == Texts{"one"}; }));
  EXPECT_EQ(fault.hits(), 1);
  EXPECT_EQ(pair.sender.errors, cell.answer == "again" ? Errors() : Errors{cell.code()});
}

}  // namespace eddy::test
