// The cache by UDP: memcached's frame header, and a session that answers requests of one datagram.
#pragma once

#include <protocols/memcache.h>
#include <reactor/address.h>
#include <reactor/datagram.h>

#include <cstdint>
#include <memory>

#include "reply.h"
#include "service.h"
#include "state.h"

namespace cache {

// 8 bytes before the data of each datagram, all most significant byte first: request id, sequence number, number of
// datagrams in the message, 0.
inline constexpr std::size_t frame_header_size = 8;
inline constexpr std::size_t frame_limit = 1400;  // of an answer's datagrams, header included

class DatagramClient {
 public:
  DatagramClient(std::shared_ptr<State> state, std::size_t loop)
      : state_(std::move(state)), counters_(state_->loops[loop]), service_(*state_, counters_) {}

  // Datagrams that have no whole request in them are dropped: no answer is less harm than one to a forged sender.
  void on_datagram(eddy::DatagramSocket& socket, eddy::Bytes payload, const eddy::Address& from);

 private:
  bool may_tell_error(Seconds now);
  void execute_all(eddy::Id socket, eddy::Bytes requests, Seconds now);

  std::shared_ptr<State> state_;
  LoopCounters& counters_;
  Service service_;
  Reply reply_;
  int errors_ = 0;  // answered in that second
  Seconds error_second_{};
};

}  // namespace cache
