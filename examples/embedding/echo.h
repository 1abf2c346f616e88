// The session of each example here: it says back what it hears, and reads no more from who does not read.
#pragma once

#include <reactor/connection.h>

struct Echo {
  std::size_t on_data(eddy::Connection& peer, eddy::Bytes in) {
    return peer.send(in) == eddy::SendResult::refused ? 0 : in.size();
  }
  void on_high(eddy::Connection& peer) { peer.pause(); }
  void on_low(eddy::Connection& peer) { peer.resume(); }
};
