#include "reactor/datagram.h"

#include <algorithm>
#include <string>
#include <utility>

#include "reactor/driver/datagram_arrival.h"
#include "reactor/driver/datagram_options.h"
#include "reactor/error.h"
#include "reactor/loop_core.h"
#include "reactor/observer.h"

namespace eddy {

DatagramSocket::DatagramSocket(Loop& loop, std::string_view local, const DatagramOptions& options)
    : LoopMember(loop.core()), loop_(loop), output_cap_(options.output_cap) {
  address_ = Address::resolve(local).front();
  if (address_.is_stream()) {
    throw std::system_error(Errc::bad_address, "bind to " + std::string(local) + ": expected udp:// or unixgram:");
  }
  check(options);
  opened([&] {
    if (const auto error = loop.core().driver->bind(*this, address_, options)) {
      throw std::system_error(error, "bind to " + std::string(local));
    }
  });
}

DatagramSocket::DatagramSocket(Loop& loop, OwnedSocket taken, const DatagramOptions& options)
    : LoopMember(loop.core()), loop_(loop), output_cap_(options.output_cap) {
  opened([&] {
    const auto number = std::to_string(taken.get());
    if (const auto error = loop.core().driver->take(*this, std::move(taken), address_)) {
      throw std::system_error(error, "take socket " + number + ": expected a datagram socket, of UDP or Unix");
    }
  });
}

// For the constructors: the driver forgets a socket whose construction fails.
template <class Open>
void DatagramSocket::opened(Open open) {
  try {
    open();
    if (auto* observer = core_->options.observer) observer->listening(address_);
  } catch (...) {
    core_->driver->close(*this);
    throw;
  }
}

DatagramSocket::~DatagramSocket() { close(); }

void DatagramSocket::start() { resume(); }

void DatagramSocket::connect(std::string_view peer) {
  if (core_ == nullptr) throw std::system_error(Errc::loop_gone, "connect to " + std::string(peer));
  core_->check_thread("Datagram::connect");
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
  if (closed()) return;
  core_->check_thread("Datagram::pause");
  core_->driver->receive(*this, false);
}

void DatagramSocket::resume() {
  if (closed()) return;
  core_->check_thread("Datagram::resume");
  core_->driver->receive(*this, true);
}

void DatagramSocket::close() {
  if (core_ == nullptr) return;
  auto& core = *core_;
  core.check_thread("Datagram::close");
  if (closed()) return;
  sender_ = nullptr;  // inside on_datagram there is nobody to answer any more
  core.driver->close(*this);
  core.descriptor_freed();
  driver::PendingNode::unlink();
}

OwnedSocket DatagramSocket::release() {
  if (closed()) return {};
  loop_.core().check_thread("Datagram::release");
  if (!queue.empty()) loop_.core().driver->flush(*this);
  if (!queue.empty()) return {};
  driver::Unreported lost;
  auto released = loop_.core().driver->release(*this, lost);
  if (released) close();
  return released;
}

void DatagramSocket::join(std::string_view group, std::string_view interface_name) {
  set_membership(group, interface_name, true);
}
void DatagramSocket::leave(std::string_view group, std::string_view interface_name) {
  set_membership(group, interface_name, false);
}

void DatagramSocket::set_membership(std::string_view group, std::string_view interface_name, bool member) {
  const auto text = std::string(group);
  if (core_ == nullptr) throw std::system_error(Errc::loop_gone, (member ? "join " : "leave ") + text);
  core_->check_thread("Datagram::join and leave");
  const bool ipv6 = text.find(':') != std::string::npos;
  const auto address = Address::parse(ipv6 ? "udp://[" + text + "]:0" : "udp://" + text + ":0");
  const auto number = interface_name.empty() ? 0 : driver::checked_interface(interface_name);
  if (const auto error = loop_.core().driver->set_membership(*this, address, number, member)) {
    throw std::system_error(error, (member ? "join " : "leave ") + text + " at " + address_.to_string() +
                                       ": expected a multicast group of its family");
  }
}

DatagramArrival DatagramSocket::arrival() const {
  auto told = sender_ != nullptr ? arrived : DatagramArrival();
  told.to = told.to.with_port(address_.port());
  told.local = told.local.with_port(address_.port());
  return told;
}

SendResult DatagramSocket::answer(Bytes payload) {
  if (sender_ == nullptr) return SendResult::refused;
  if (!tells_arrival) return send_to(*sender_, payload);
  // Routes decide where the answer leaves, except for link-local addresses, which are another host's on each network.
  const bool bound_to_interface = arrived.local.is_unnamed() || (sender_->is_ipv6() && sender_->is_link_local());
  return send_to(*sender_, payload, {arrived.local, bound_to_interface ? arrived.interface_index : 0});
}

SendResult DatagramSocket::send_to(const Address& to, Bytes payload, const DatagramSource& source) {
  if (!driver::knows_arrival) {
    throw std::system_error(std::make_error_code(std::errc::operation_not_supported), "send from an address");
  }
  const auto& from = source.address;
  if (!to.is_ip() || (!from.is_unnamed() && (!from.is_ip() || from.is_ipv6() != to.is_ipv6()))) {
    throw std::system_error(Errc::bad_address, "send from " + from.to_string() + " to " + to.to_string() +
                                                   ": expected UDP addresses of one family");
  }
  const auto packed = driver::pack_source(source, to.is_ipv6());
  return queue_datagram(&to, payload, &packed);
}

SendResult DatagramSocket::send_to(const Address& to, Bytes payload) { return queue_datagram(&to, payload); }
SendResult DatagramSocket::send(Bytes payload) { return queue_datagram(nullptr, payload); }

SendResult DatagramSocket::queue_datagram(const Address* to, Bytes payload,
                                          const driver::DatagramQueue::Source* source) {
  if (core_ == nullptr) return SendResult::refused;
  auto& core = *core_;
  core.assert_thread();
  if (closed()) return SendResult::refused;
  if (queue.bytes() + payload.size() > output_cap_ || filled() > output_cap_) {
    ++core.stats.sends_refused;
    if (payload.size() <= output_cap_) refused_ = true;
    return SendResult::refused;
  }
  queue.append(to, payload, source);
  ++core.stats.messages_out;
  core.stats.bytes_out += payload.size();
  if (!driver::PendingNode::linked()) core.mark_pending(*this);
  return SendResult::accepted;
}

// Every datagram counts at least its bookkeeping, so that empty ones are bounded, too.
std::size_t DatagramSocket::filled() const { return std::max(queue.bytes(), queue.count() * sizeof(Address)); }

std::string DatagramSocket::what_it_is() const {
  return (closed() ? "a closed Datagram of " : "a Datagram on ") + address_.to_string();
}

// In the functions below, nothing of the socket's is touched behind a callback, which may have destroyed it.
void DatagramSocket::datagram_received(Bytes payload, const Address& from) {
  auto& core = loop_.core();
  ++core.stats.messages_in;
  core.stats.bytes_in += payload.size();
  sender_ = &from;
  const auto id = driver::Endpoint::id;
  core.guarded([&] { session_datagram(payload, from); });
  if (core.driver->endpoints().find(id) != nullptr) sender_ = nullptr;
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
  if (refused_ && filled() <= output_cap_ / 2) {
    refused_ = false;
    loop_.core().guarded([&] { session_low(); });
  }
}

}  // namespace eddy
