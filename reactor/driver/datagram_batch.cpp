#include "reactor/driver/datagram_batch.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reactor/driver/datagram_arrival.h"
#include "reactor/driver/datagram_segments.h"
#include "reactor/driver/messages.h"
#include "reactor/driver/sockaddr.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {

struct DatagramBatch::Parts {
  std::array<Message, most> messages;
  std::array<iovec, most> vectors;
  std::array<sockaddr_storage, most> senders;
  std::array<DatagramControl, most> controls;
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

std::size_t DatagramBatch::receive(const Datagrams& socket, std::error_code& error) {
  for (std::size_t i = 0; i < most; ++i) {
    auto& header = parts_->messages[i].msg_hdr;
    header.msg_namelen = sizeof(sockaddr_storage);
    // No room on a Unix socket: what came there would be its peers' descriptors (unix(7), SCM_RIGHTS).
    make_room(header, socket.combined || socket.tells_arrival ? &parts_->controls[i] : nullptr);
  }
  return receive_messages(socket.socket, parts_->messages, error);
}

Bytes DatagramBatch::message(std::size_t index) const {
  return {parts_->vectors[index].iov_base, parts_->messages[index].msg_len};
}

std::size_t DatagramBatch::datagram_size(std::size_t index) const {
  return received_size(parts_->messages[index].msg_hdr, parts_->messages[index].msg_len);
}

DatagramArrival DatagramBatch::arrival(std::size_t index) const { return arrival_of(parts_->messages[index].msg_hdr); }

bool DatagramBatch::truncated(std::size_t index) const {
  return (parts_->messages[index].msg_hdr.msg_flags & MSG_TRUNC) != 0;
}

Address DatagramBatch::from(std::size_t index) const {
  const auto& sender = parts_->senders[index];
  const auto size = std::min<std::size_t>(parts_->messages[index].msg_hdr.msg_namelen, sizeof sender);
  const bool ip = size > 0 && sender.ss_family != AF_UNIX;
  return Address::from_native(ip ? Transport::udp : Transport::unix_datagram, &sender, size);
}

bool deliver_datagrams(Datagrams& socket, const SlotTable& endpoints, Bytes message, std::size_t size,
                       const Address& from, Stats& stats) {
  const auto id = socket.id;
  if (size < message.size()) stats.datagrams_in_combined += (message.size() + size - 1) / size;
  do {
    socket.datagram_received(message.first(size), from);
    if (endpoints.find(id) == nullptr) return false;
    message = message.without_first(size);
  } while (!message.empty());
  return true;
}

namespace {

// How many datagrams from the index-th on can go as one message: all of one receiver and source and, but for the last,
// which may be shorter, of one size.
std::size_t combinable(const DatagramQueue& queue, std::size_t index, std::size_t most) {
  const auto size = queue.payload(index).size();
  if (size == 0 || size > queue.combines_up_to) return 1;
  most = std::min({most, most_segments, largest_segmented / size});
  std::size_t count = 1;
  for (; count < most && queue.same_way(index, index + count); ++count) {
    const auto next = queue.payload(index + count).size();
    if (next == 0 || next > size) break;
    if (next < size) return count + 1;
  }
  return count;
}

// A combined message of datagrams of `size` bytes was refused: what not to combine any more.
void learn_from(std::error_code error, std::size_t size, DatagramQueue& queue) {
  // Neither the kernel nor the network interface can cut up messages.
  if (error == std::errc::io_error || error == std::errc::operation_not_supported ||
      error == std::errc::no_protocol_option) {
    queue.combines_up_to = 0;
  }
  // Too long for the way to the receiver. Shorter ones than IPv6's least packet are refused for something else.
  constexpr std::size_t always_fits = 1232;
  if ((error == std::errc::invalid_argument || error == std::errc::message_size) && size > always_fits) {
    queue.combines_up_to = size - 1;
  }
}

// Sends from the front of the queue, at most `most`; answers how many the system took. An error is about the first
// message left: combinable(queue, 0, most) datagrams, or one that is sent alone.
std::size_t send_datagrams(NativeSocket socket, const DatagramQueue& queue, std::size_t most, bool alone,
                           std::error_code& error, Stats& stats) {
  std::array<Message, 64> messages;
  std::array<DatagramControl, 64> controls;
  std::array<std::size_t, 64> counts;
  std::array<iovec, 256> vectors;
  most = std::min({queue.count(), most, vectors.size()});
  std::size_t used = 0;
  for (std::size_t next = 0; next < most && used < messages.size(); ++used) {
    auto& header = messages[used].msg_hdr;
    messages[used] = {};
    header.msg_iov = &vectors[next];
    if (queue.address_size(next) > 0) {
      header.msg_name = const_cast<void*>(queue.address(next));
      header.msg_namelen = static_cast<socklen_t>(queue.address_size(next));
    }
    counts[used] = alone ? 1 : combinable(queue, next, most - next);
    header.msg_iovlen = static_cast<decltype(header.msg_iovlen)>(counts[used]);
    if (counts[used] > 1) cut_into(header, controls[used], queue.payload(next).size());
    if (const auto source = queue.source(next)) send_from(header, controls[used], *source);
    for (const auto end = next + counts[used]; next < end; ++next) {
      const auto payload = queue.payload(next);
      vectors[next] = {const_cast<std::byte*>(payload.data()), payload.size()};
    }
  }
  const auto sent = send_messages(socket, {messages.data(), used}, error);
  std::size_t datagrams = 0;
  for (std::size_t i = 0; i < sent; ++i) {
    datagrams += counts[i];
    if (counts[i] > 1) stats.datagrams_out_combined += counts[i];
  }
  return datagrams;
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

Sent send_queued(NativeSocket socket, DatagramQueue& queue, Id id, DatagramErrors& errors, Stats& stats) {
  std::vector<std::string> full;  // receivers
  bool repeated = false;
  std::size_t alone = 0;  // how many at the front are sent without being combined
  for (auto left = queue.count(); left > 0;) {
    if (!full.empty() && std::find(full.begin(), full.end(), receiver(queue)) != full.end()) {
      queue.move_first_to_back();
      --left;
      continue;
    }
    std::error_code error;
    const auto most = !full.empty() ? 1 : alone > 0 ? alone : left;
    const auto sent = send_datagrams(socket, queue, most, alone > 0, error, stats);
    queue.drop_first(sent);
    left -= sent;
    alone -= std::min(alone, sent);
    if (sent > 0) repeated = false;
    if (!error) continue;
    const bool full_elsewhere = error == std::errc::no_buffer_space;
    if (!would_block(error) && !full_elsewhere) {
      const auto together = alone > 0 ? 1 : combinable(queue, 0, most - sent);
      if (together > 1 && !is_about_an_earlier_one(error)) {  // perhaps for being combined; else each is to be told
        learn_from(error, queue.payload(0).size(), queue);
        alone = together;
        continue;
      }
      errors.emplace_back(id, error);
      if (is_about_an_earlier_one(error) && !std::exchange(repeated, true)) continue;
      queue.drop_first(1);
      --left;
      alone -= std::min<std::size_t>(alone, 1);
    } else if (to_unix_receiver(queue)) {
      full.emplace_back(receiver(queue));
    } else {
      return full_elsewhere ? Sent::receivers_full : Sent::socket_full;
    }
  }
  return queue.empty() ? Sent::all : Sent::receivers_full;
}

}  // namespace eddy::driver
