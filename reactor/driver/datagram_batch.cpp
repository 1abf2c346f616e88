#include "reactor/driver/datagram_batch.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reactor/driver/messages.h"
#include "reactor/driver/sockaddr.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {

struct DatagramBatch::Parts {
  std::array<Message, most> messages;
  std::array<iovec, most> vectors;
  std::array<sockaddr_storage, most> senders;
  std::unique_ptr<std::byte[]> buffers = std::make_unique_for_overwrite<std::byte[]>(most * largest);
};

DatagramBatch::DatagramBatch() : parts_(std::make_unique<Parts>()) {
  for (std::size_t i = 0; i < most; ++i) {
    parts_->vectors[i] = {parts_->buffers.get() + i * largest, largest};
    parts_->messages[i] = {};
    parts_->messages[i].msg_hdr.msg_iov = &parts_->vectors[i];
    parts_->messages[i].msg_hdr.msg_iovlen = 1;
    parts_->messages[i].msg_hdr.msg_name = &parts_->senders[i];
  }
}

DatagramBatch::~DatagramBatch() = default;

std::size_t DatagramBatch::receive(NativeSocket socket, std::error_code& error) {
  for (auto& message : parts_->messages) message.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
  return receive_messages(socket, parts_->messages, error);
}

Bytes DatagramBatch::payload(std::size_t index) const {
  return {parts_->vectors[index].iov_base, parts_->messages[index].msg_len};
}

bool DatagramBatch::truncated(std::size_t index) const {
  return (parts_->messages[index].msg_hdr.msg_flags & MSG_TRUNC) != 0;
}

Address DatagramBatch::from(std::size_t index) const {
  const auto& sender = parts_->senders[index];
  const auto size = parts_->messages[index].msg_hdr.msg_namelen;
  const bool ip = size > 0 && sender.ss_family != AF_UNIX;
  return Address::from_native(ip ? Transport::udp : Transport::unix_datagram, &sender, size);
}

namespace {

// Sends from the front of the queue, at most `most`; answers how many the system took. An error is about the first one
// left.
std::size_t send_datagrams(NativeSocket socket, const DatagramQueue& queue, std::size_t most, std::error_code& error) {
  std::array<Message, 64> messages;
  std::array<iovec, 64> vectors;
  const auto count = std::min({queue.count(), most, messages.size()});
  for (std::size_t i = 0; i < count; ++i) {
    const auto payload = queue.payload(i);
    vectors[i] = {const_cast<std::byte*>(payload.data()), payload.size()};
    messages[i] = {};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    if (queue.address_size(i) > 0) {
      messages[i].msg_hdr.msg_name = const_cast<void*>(queue.address(i));
      messages[i].msg_hdr.msg_namelen = static_cast<socklen_t>(queue.address_size(i));
    }
  }
  return send_messages(socket, {messages.data(), count}, error);
}

bool to_unix_receiver(const DatagramQueue& queue) {
  return queue.address_size(0) > 0 && static_cast<const sockaddr*>(queue.address(0))->sa_family == AF_UNIX;
}

std::string_view receiver(const DatagramQueue& queue) {
  return {static_cast<const char*>(queue.address(0)), queue.address_size(0)};
}

// What an earlier datagram's host answered, told instead of sending this one (ip(7)).
bool is_about_an_earlier_one(std::error_code error) {
  return error == std::errc::connection_refused || error == std::errc::host_unreachable ||
         error == std::errc::network_unreachable;
}

}  // namespace

Sent send_queued(NativeSocket socket, DatagramQueue& queue, Id id, DatagramErrors& errors) {
  std::vector<std::string> full;  // receivers
  bool repeated = false;
  for (auto left = queue.count(); left > 0;) {
    if (!full.empty() && std::find(full.begin(), full.end(), receiver(queue)) != full.end()) {
      queue.move_first_to_back();
      --left;
      continue;
    }
    std::error_code error;
    const auto sent = send_datagrams(socket, queue, full.empty() ? left : 1, error);
    queue.drop_first(sent);
    left -= sent;
    if (sent > 0) repeated = false;
    if (!error) continue;
    const bool full_elsewhere = error == std::errc::no_buffer_space;
    if (!would_block(error) && !full_elsewhere) {
      errors.emplace_back(id, error);
      if (is_about_an_earlier_one(error) && !std::exchange(repeated, true)) continue;
      queue.drop_first(1);
      --left;
    } else if (to_unix_receiver(queue)) {
      full.emplace_back(receiver(queue));
    } else {
      return full_elsewhere ? Sent::receivers_full : Sent::socket_full;
    }
  }
  return queue.empty() ? Sent::all : Sent::receivers_full;
}

}  // namespace eddy::driver
