#include "hostile_server.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "mutation.h"

namespace attack {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_waiting = 256 * 1024;
constexpr std::size_t most_peers = 300;
constexpr const char* manner_names[] = {"mutates", "strange text", "floods", "is silent", "half-closes",
                                        "resets",  "drips",        "closes", "behaves"};

}  // namespace

HostileServer::HostileServer(Workload workload, const eddy::Address& at, const Random& random, Totals& totals)
    : workload_(workload),
      random_(random),
      totals_(totals),
      socket_(RawSocket::listen(at)),
      address_(socket_.local(at.transport())) {
  // Mostly one manner, so that it is not hidden by another one.
  for (auto count = random_.one_in(3) ? random_.between(2, 4) : 1U; count > 0; --count) {
    manners_.push_back(
        static_cast<Manner>(random_.one_in(2) ? random_.below(2) : random_.below(std::size(manner_names))));
    told_ += (told_.empty() ? "" : ", ") + std::string(manner_names[static_cast<std::size_t>(manners_.back())]);
  }
}

void HostileServer::turn(eddy::Duration longest) {
  std::vector<pollfd> polled;
  polled.push_back({socket_.descriptor(), POLLIN, 0});
  for (const auto& each : peers_) {
    const bool writes = !each->out.empty() || !each->flood.empty();
    polled.push_back({each->socket.descriptor(), static_cast<short>(POLLIN | (writes ? POLLOUT : 0)), 0});
  }
  ::poll(polled.data(), static_cast<nfds_t>(polled.size()), static_cast<int>(longest / 1ms));
  const auto before = peers_.size();
  for (std::size_t i = 0; i < before; ++i) {
    auto& peer = *peers_[i];
    const auto ready = polled[i + 1].revents;
    if (peer.socket.open() && (ready & (POLLIN | POLLHUP | POLLERR)) != 0) read(peer);
    if (peer.socket.open() && (ready & POLLOUT) != 0) write(peer);
  }
  std::erase_if(peers_, [](const auto& each) { return !each->socket.open(); });
  if ((polled[0].revents & POLLIN) == 0) return;
  address_.is_stream() ? accept() : answer_datagrams();
}

void HostileServer::accept() {
  auto socket = socket_.accept();
  if (!socket.open() || peers_.size() >= most_peers) return;
  ++totals_.connections;
  Random own(random_.next(), 0);
  const auto manner = own.pick(manners_);
  const auto good = own.one_in(3) ? 0 : own.one_in(2) ? own.between(1, 4) : own.between(5, 100);
  peers_.push_back(std::make_unique<Peer>(Peer{std::move(socket), Responder(workload_, own), own, manner, good}));
}

void HostileServer::read(Peer& peer) {
  std::array<char, 16384> buffer;
  const auto done = peer.socket.receive(buffer.data(), buffer.size());
  if (done.would_block) return;
  if (done.bytes == 0) return peer.socket.close();
  totals_.bytes_in += done.bytes;
  std::string to_all;
  auto text = peer.responder.answer(std::string_view(buffer.data(), done.bytes), to_all);
  if (!to_all.empty()) {
    for (const auto& each : peers_) {
      if (each.get() != &peer && each->socket.open()) answer(*each, to_all);
    }
  }
  if (!text.empty()) answer(peer, std::move(text));
}

std::string HostileServer::hostile_text(std::string text, Random& random, Manner manner) {
  if (manner == Manner::behaves || manner == Manner::drips) return text;
  for (auto times = random.between(1, 4); times > 0; --times) {
    if (manner == Manner::strange_text) {
      text.insert(random.below(text.size() + 1), strange_bytes(random));
    } else {
      text = mutated_once(std::move(text), random, 300'000);
    }
    ++totals_.mutations;
  }
  return text;
}

void HostileServer::answer(Peer& peer, std::string text) {
  if (peer.quiet || peer.out.size() > most_waiting) return;
  if (!peer.hostile && peer.good_answers > 0) {
    --peer.good_answers;
  } else {
    peer.hostile = true;
  }
  if (!peer.hostile) {
    peer.out += text;
    return write(peer);
  }
  switch (peer.manner) {
    case Manner::is_silent: peer.quiet = true; return;
    case Manner::resets: return peer.socket.reset();
    case Manner::floods: peer.flood = hostile_text(std::move(text), peer.random, Manner::mutates); break;
    case Manner::half_closes:
    case Manner::closes: peer.out += text.substr(0, peer.random.below(text.size() + 1)); break;
    default: peer.out += hostile_text(std::move(text), peer.random, peer.manner); break;
  }
  ++totals_.mutated_writes;
  write(peer);
  if (!peer.socket.open()) return;
  if (peer.manner == Manner::half_closes) {
    peer.quiet = true;
    peer.socket.finish();
  }
  if (peer.manner == Manner::closes) peer.socket.close();
}

void HostileServer::write(Peer& peer) {
  while (!peer.flood.empty() && peer.out.size() < most_waiting / 4) {
    peer.out += peer.flood;
    if (peer.random.one_in(50)) peer.flood = hostile_text(std::move(peer.flood), peer.random, Manner::mutates);
    if (peer.flood.size() > 100'000) peer.flood.resize(1000);
  }
  if (peer.out.empty()) return;
  const auto size = peer.hostile && peer.manner == Manner::drips ? 1
                    : peer.random.one_in(3)                      ? peer.random.between(1, peer.out.size())
                                                                 : peer.out.size();
  const auto done = peer.socket.send(std::string_view(peer.out).substr(0, size));
  if (done.broken) return peer.socket.close();
  totals_.bytes_out += done.bytes;
  ++totals_.writes;
  peer.out.erase(0, done.bytes);
}

void HostileServer::answer_datagrams() {
  for (int most = 0; most < 100; ++most) {
    std::array<char, 65536> buffer;
    eddy::Address from;
    const auto got = socket_.receive_from(buffer.data(), buffer.size(), from, address_.transport());
    if (got.would_block || got.broken) return;
    totals_.bytes_in += got.bytes;
    ++totals_.datagrams;
    if (from.is_unnamed()) continue;
    const auto manner = random_.pick(manners_);
    if (manner == Manner::is_silent || (manner == Manner::closes && random_.one_in(2))) continue;
    const auto times = manner == Manner::floods ? 50 : random_.one_in(10) ? 2 : 1;
    for (int i = 0; i < times; ++i) {
      auto text =
          hostile_text(std::string(buffer.data(), got.bytes), random_, random_.one_in(3) ? Manner::behaves : manner);
      if (text.size() > 60'000) text.resize(60'000);
      const auto sent = socket_.send_to(text, from);
      totals_.bytes_out += sent.bytes;
      ++totals_.writes;
      ++totals_.mutated_writes;
    }
  }
}

}  // namespace attack
