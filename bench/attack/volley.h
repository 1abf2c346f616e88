// Volley: datagrams to a server at a rate, with senders that are true or forged.
#pragma once

#include <reactor/address.h>
#include <reactor/datagram.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "forged.h"
#include "tally.h"

namespace attack {

enum class Sender : std::uint8_t {
  true_one,    // some port of 127.0.0.2
  same_port,   // the server's port, at 127.0.0.2
  itself,      // forged: the server's own address
  second,      // forged: that of a second server
  known_port,  // forged: the port of a service that answers anything (19, chargen)
};

struct VolleyPlan {
  Sender sender = Sender::true_one;
  std::string (*payload)(std::uint64_t number) = nullptr;
  std::size_t rate = 100;  // datagrams a second
};

class Volley {
 public:
  // Throws std::system_error when a sender is to be forged and the process may not.
  Volley(eddy::Loop& loop, const VolleyPlan& plan, const eddy::Address& server, const eddy::Address& second,
         Tally& tally);

 private:
  struct Receiver {
    Tally* tally;
    void on_datagram(eddy::DatagramSocket& /*socket*/, eddy::Bytes payload, const eddy::Address& /*from*/) {
      tally->received += payload.size();
    }
  };
  void send_some();
  void send(const std::string& payload);

  VolleyPlan plan_;
  eddy::Address server_;
  eddy::Address sender_;
  Tally& tally_;
  std::unique_ptr<Forged> forged_;
  std::unique_ptr<eddy::Datagram<Receiver>> socket_;
  std::uint64_t number_ = 0;
  double due_ = 0;
  eddy::Timer next_;
};

}  // namespace attack
