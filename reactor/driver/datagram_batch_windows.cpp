#include <algorithm>
#include <array>

#include "reactor/driver/datagram_batch.h"
#include "reactor/driver/sockaddr.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {
namespace {

// What an ICMP "port unreachable" is elsewhere.
std::error_code datagram_error() {
  return WSAGetLastError() == WSAECONNRESET ? system_error_code(WSAECONNREFUSED) : last_error();
}

}  // namespace

struct DatagramBatch::Parts {
  struct Message {
    sockaddr_storage sender;
    int sender_size;
    std::size_t size;
    bool truncated;
  };
  std::array<Message, most> messages;
  std::unique_ptr<std::byte[]> buffers = std::make_unique_for_overwrite<std::byte[]>(most * largest);
};

DatagramBatch::DatagramBatch() : parts_(std::make_unique<Parts>()) {}
DatagramBatch::~DatagramBatch() = default;

std::size_t DatagramBatch::receive(NativeSocket socket, std::error_code& error) {
  for (std::size_t i = 0; i < most; ++i) {
    auto& message = parts_->messages[i];
    message.sender_size = sizeof message.sender;
    const auto count = ::recvfrom(socket, reinterpret_cast<char*>(parts_->buffers.get() + i * largest), largest, 0,
                                  reinterpret_cast<sockaddr*>(&message.sender), &message.sender_size);
    message.truncated = count < 0 && WSAGetLastError() == WSAEMSGSIZE;
    if (count < 0 && !message.truncated) {
      // Behind datagrams only those count: an error that a send caused comes again with the next one.
      if (i == 0) error = datagram_error();
      return i;
    }
    message.size = message.truncated ? largest : static_cast<std::size_t>(count);
  }
  return most;
}

Bytes DatagramBatch::payload(std::size_t index) const {
  return {parts_->buffers.get() + index * largest, parts_->messages[index].size};
}

bool DatagramBatch::truncated(std::size_t index) const { return parts_->messages[index].truncated; }

Address DatagramBatch::from(std::size_t index) const {
  const auto& message = parts_->messages[index];
  return Address::from_native(Transport::udp, &message.sender, static_cast<std::size_t>(message.sender_size));
}

std::size_t send_datagrams(NativeSocket socket, const DatagramQueue& queue, std::error_code& error) {
  for (std::size_t i = 0; i < queue.count(); ++i) {
    const auto payload = queue.payload(i);
    const auto address_size = static_cast<int>(queue.address_size(i));
    const auto* address = address_size > 0 ? static_cast<const sockaddr*>(queue.address(i)) : nullptr;
    if (::sendto(socket, reinterpret_cast<const char*>(payload.data()), static_cast<int>(payload.size()), 0, address,
                 address_size) >= 0) {
      continue;
    }
    if (i == 0) error = datagram_error();
    return i;
  }
  return queue.count();
}

}  // namespace eddy::driver
