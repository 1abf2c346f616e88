#include "reactor/datagram.h"

#include <utility>

#include "reactor/error.h"
#include "reactor/loop_core.h"
#include "reactor/observer.h"

namespace eddy {

DatagramSocket::DatagramSocket(Loop& loop, std::string_view local, const DatagramOptions& options)
    : loop_(loop), output_cap_(options.output_cap) {
  loop.core().assert_thread();
  address_ = Address::resolve(local).front();
  if (address_.is_stream()) {
    throw std::system_error(Errc::bad_address, "bind to " + std::string(local) + ": expected udp:// or unixgram:");
  }
  check(options.unix_file);
  auto& driver = *loop.core().driver;
  if (const auto error = driver.bind(*this, address_, options)) {
    driver.close(*this);
    throw std::system_error(error, "bind to " + std::string(local));
  }
  if (auto* observer = loop.core().options.observer) observer->listening(address_);
}

DatagramSocket::~DatagramSocket() { close(); }

void DatagramSocket::start() { resume(); }

void DatagramSocket::connect(std::string_view peer) {
  const auto address = Address::resolve(peer).front();
  if (address.transport() != address_.transport()) {
    throw std::system_error(Errc::bad_address, "connect " + address_.to_string() + " to " + std::string(peer) +
                                                   ": expected the same transport");
  }
  if (const auto error = loop_.core().driver->connect(*this, address)) {
    throw std::system_error(error, "connect to " + std::string(peer));
  }
  address_ = loop_.core().driver->local_address(*this);
}

void DatagramSocket::pause() {
  if (!closed()) loop_.core().driver->receive(*this, false);
}

void DatagramSocket::resume() {
  if (!closed()) loop_.core().driver->receive(*this, true);
}

void DatagramSocket::close() {
  auto& core = loop_.core();
  core.assert_thread();
  if (closed()) return;
  core.driver->close(*this);
  core.descriptor_freed();
  driver::PendingNode::unlink();
}

SendResult DatagramSocket::send_to(const Address& to, Bytes payload) { return queue_datagram(&to, payload); }
SendResult DatagramSocket::send(Bytes payload) { return queue_datagram(nullptr, payload); }

SendResult DatagramSocket::queue_datagram(const Address* to, Bytes payload) {
  auto& core = loop_.core();
  core.assert_thread();
  if (closed()) return SendResult::refused;
  // Every datagram counts at least its bookkeeping, so that empty ones are bounded, too.
  if (queue.bytes() + payload.size() > output_cap_ || queue.count() * sizeof(Address) > output_cap_) {
    ++core.stats.sends_refused;
    refused_ = true;
    return SendResult::refused;
  }
  queue.append(to, payload);
  ++core.stats.messages_out;
  core.stats.bytes_out += payload.size();
  if (!driver::PendingNode::linked()) core.mark_pending(*this);
  return SendResult::accepted;
}

void DatagramSocket::datagram_received(Bytes payload, const Address& from) {
  ++loop_.core().stats.messages_in;
  loop_.core().stats.bytes_in += payload.size();
  loop_.core().guarded([&] { session_datagram(payload, from); });
}

// The datagrams that the batch's callbacks have sent leave with the batch.
void DatagramSocket::datagram_batch_end() { process(); }

void DatagramSocket::datagram_progress() { process(); }

void DatagramSocket::datagram_failed(std::error_code why) {
  ++loop_.core().stats.datagram_errors;
  if (auto* observer = loop_.core().options.observer) observer->datagram_failed(address_, why);
  loop_.core().guarded([&] { session_error(why); });
}

void DatagramSocket::process() {
  driver::PendingNode::unlink();
  if (closed()) return;
  if (!queue.empty()) loop_.core().driver->flush(*this);
  if (refused_ && queue.bytes() <= output_cap_ / 2) {
    refused_ = false;
    loop_.core().guarded([&] { session_low(); });
  }
}

}  // namespace eddy
