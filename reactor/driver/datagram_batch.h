// Datagrams by the batch: recvmmsg and sendmmsg where the system has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "reactor/address.h"
#include "reactor/bytes.h"
#include "reactor/driver/datagram_queue.h"
#include "reactor/driver/endpoint.h"
#include "reactor/driver/slot_table.h"
#include "reactor/stats.h"

namespace eddy::driver {

// The datagrams that one call receives: buffers and addresses, reused. 2 MiB of address space, touched as needed.
class DatagramBatch {
 public:
  static constexpr std::size_t most = 32;
  static constexpr std::size_t largest = 65536;

  DatagramBatch();
  ~DatagramBatch();
  DatagramBatch(const DatagramBatch&) = delete;
  DatagramBatch& operator=(const DatagramBatch&) = delete;

  // Receives up to `most` messages; fewer means that there are no more for now. An error may come behind some. Where
  // the socket is `combined`, a message is one datagram or several of one sender's (datagram_segments.h).
  std::size_t receive(const Datagrams& socket, std::error_code& error);
  Bytes message(std::size_t index) const;
  std::size_t datagram_size(std::size_t index) const;  // of each in the message, of which the last may be shorter
  bool truncated(std::size_t index) const;
  Address from(std::size_t index) const;
  DatagramArrival arrival(std::size_t index) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Hands what `message` is made of to the socket, in datagrams of `size` bytes, the last of which may be shorter; no
// more once a callback has closed or destroyed it: the answer is false then. An empty message is one empty datagram.
bool deliver_datagrams(Datagrams& socket, const SlotTable& endpoints, Bytes message, std::size_t size,
                       const Address& from, Stats& stats);

// What to report of datagrams that could not be sent.
using DatagramErrors = std::vector<std::pair<Id, std::error_code>>;

enum class Sent : std::uint8_t {
  all,
  socket_full,     // until the poller says that it is writable
  receivers_full,  // Unix receivers, or a network interface: no event tells when they have room, so try again
};

// Sends what is queued, neighbours of one size and receiver together where the kernel can cut them. A datagram that the
// system refuses is dropped, and its error added. Datagrams for a receiver that is full stay, in their order, and do
// not hold up those for others.
Sent send_queued(NativeSocket socket, DatagramQueue& queue, Id id, DatagramErrors& errors, Stats& stats);

}  // namespace eddy::driver
