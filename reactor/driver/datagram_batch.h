// Datagrams by the batch: recvmmsg and sendmmsg where the system has them.
#pragma once

#include <cstddef>
#include <memory>
#include <system_error>

#include "reactor/address.h"
#include "reactor/bytes.h"
#include "reactor/driver/datagram_queue.h"
#include "reactor/driver/endpoint.h"

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

  // Receives up to `most`; fewer means that there are no more for now.
  std::size_t receive(NativeSocket socket, std::error_code& error);
  Bytes payload(std::size_t index) const;
  bool truncated(std::size_t index) const;
  Address from(std::size_t index) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Sends from the front of the queue; answers how many the system took. An error is about the first one left.
std::size_t send_datagrams(NativeSocket socket, const DatagramQueue& queue, std::error_code& error);

}  // namespace eddy::driver
