#include "request_watch.h"

#include <protocols/memcache.h>
#include <reactor/address_prefix.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <unordered_map>
#include <utility>

#include "client.h"

namespace cache {
namespace {

using namespace std::chrono_literals;

constexpr auto look_period = 1s;
constexpr auto relief_period = 10ms;                        // a look goes over all connections
constexpr std::size_t least_pace = std::size_t{16} * 1024;  // bytes a second

}  // namespace

RequestWatch::RequestWatch(eddy::Loop& loop, const Settings& settings, std::size_t memory, LoopCounters& counters)
    : loop_(loop),
      settings_(settings),
      memory_(memory),
      counters_(counters),
      look_(loop, [this] { look(); }),
      relief_(loop, [this] { relieve(); }) {
  look_.start_every(std::min<eddy::Duration>(look_period, settings.request_timeout));
}

std::vector<RequestWatch::Held> RequestWatch::unfinished() {
  std::vector<Held> all;
  loop_.for_each_connection([&](eddy::Connection& connection) {
    auto* session = connection.session<eddy::Memcache<Client>>();
    if (session == nullptr) return;
    auto& progress = session->inner().request_progress();
    const auto held = connection.kept();
    const auto moved = connection.bytes_in() - progress.bytes_seen;
    // One that is paused waits for us, or for its client to read.
    if (held == 0 || connection.paused() || connection.closing()) {
      progress.began = eddy::never;
      return;
    }
    const auto consumed = connection.bytes_in() - held;
    if (std::exchange(progress.consumed, consumed) != consumed || progress.began == eddy::never) {
      progress.began = loop_.now();
      progress.held_in_time = 0;
    }
    all.push_back({.by = &connection, .bytes = held, .moved = moved});
  });
  return all;
}

void RequestWatch::look() {
  const auto all = unfinished();
  loop_.for_each_connection([](eddy::Connection& connection) {
    auto* session = connection.session<eddy::Memcache<Client>>();
    if (session != nullptr) session->inner().request_progress().bytes_seen = connection.bytes_in();
  });
  for (const auto& held : all) {
    auto& progress = held.by->session<eddy::Memcache<Client>>()->inner().request_progress();
    const auto over = loop_.now() - progress.began - settings_.request_timeout;
    if (over < eddy::Duration::zero()) continue;
    if (progress.held_in_time == 0) {
      progress.held_in_time = held.bytes;
      continue;
    }
    const auto due = std::chrono::duration<double>(over).count() * static_cast<double>(least_pace);
    if (static_cast<double>(held.bytes - progress.held_in_time) < due) {
      end(*held.by, "SERVER_ERROR request was not finished in time\r\n", counters_.requests_timed_out);
    }
  }
}

// Of a host that holds more than an eighth of the memory, all that it holds: else one that sends fast would keep it
// from those who send slowly.
void RequestWatch::note_hosts(std::vector<Held>& all) const {
  std::unordered_map<eddy::AddressPrefix, std::size_t> by_host;
  std::vector<std::optional<eddy::AddressPrefix>> hosts;
  for (const auto& held : all) {
    hosts.push_back(eddy::AddressPrefix::network_of(held.by->peer_address()));
    if (hosts.back()) by_host[*hosts.back()] += held.bytes;
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto bytes = hosts[i] ? by_host[*hosts[i]] : all[i].bytes;
    if (bytes > memory_ / 8) all[i].too_much_of_host = bytes;
  }
}

void RequestWatch::relieve() {
  next_relief_ = loop_.now() + relief_period;
  auto all = unfinished();
  std::size_t total = 0;
  for (const auto& held : all) total += held.bytes;
  note_hosts(all);
  // A quarter of the memory is theirs; what is more makes room for small requests, and for answers.
  const auto enough = memory_ / 4;
  const auto weight = [](const Held& held) {
    return static_cast<double>(held.bytes) / (1 + static_cast<double>(held.moved));
  };
  std::sort(all.begin(), all.end(), [&](const Held& left, const Held& right) {
    if (left.too_much_of_host != right.too_much_of_host) return left.too_much_of_host > right.too_much_of_host;
    return weight(left) != weight(right) ? weight(left) > weight(right) : left.bytes > right.bytes;
  });
  for (const auto& held : all) {
    if (total <= enough) break;
    total -= held.bytes;
    end(*held.by, "SERVER_ERROR out of memory reading request\r\n", counters_.requests_dropped);
  }
}

void RequestWatch::end(eddy::Connection& connection, std::string_view error, LoopCounter& counter) {
  counter.add(1);
  void(connection.send(error));  // without room for it the end has to tell
  connection.close();
}

}  // namespace cache
