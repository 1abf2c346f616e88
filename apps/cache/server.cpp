#include "server.h"

#include <fmt/format.h>
#include <protocols/memcache.h>

#include <algorithm>

namespace cache {
namespace {

using namespace std::chrono_literals;

// A slice of the search for expired items: a few hundred microseconds at the most.
constexpr auto sweep_period = 10ms;
constexpr std::size_t most_pages_swept = 4;
constexpr std::size_t pages_in_a_slice = 1024;  // as many slices as it takes for all of a store, if that is small

Settings checked(const Settings& settings) {
  check(settings);
  return settings;
}

eddy::ListenOptions listen_options(const Settings& settings, std::size_t threads) {
  eddy::ListenOptions options;
  // The system's own would become megabytes for each client that does not read.
  options.socket.send_buffer = 256 * 1024;
  options.socket.keep_alive = eddy::KeepAlive{};  // clients may rest for days; those whose host is gone must not stay
  options.backlog = settings.backlog;
  options.max_connections = settings.max_connections;
  options.hosts = settings.hosts;
  auto& connection = options.connection;
  connection.input_limit = settings.item_size_max + 64 * 1024;
  connection.high_mark = high_mark(settings, threads);
  connection.low_mark = connection.high_mark / 4;
  connection.output_cap = connection.high_mark + 2 * settings.item_size_max + mebibyte;
  connection.write_stall_timeout = settings.write_stall_timeout;
  return options;
}

}  // namespace

Server::Server(eddy::LoopPool& pool, const Settings& settings)
    : pool_(pool), state_(std::make_shared<State>(checked(settings), pool.size(), pool[0].clock())) {
  for (std::size_t i = 0; i < pool.size(); ++i) {
    workers_.push_back(std::make_shared<StreamWorker>(state_, i));
    watches_.push_back(std::make_unique<RequestWatch>(pool[i], state_->settings,
                                                      connection_memory(settings, pool.size()), state_->loops[i]));
    workers_.back()->set_watch(watches_.back().get());
    sweepers_.push_back(std::make_unique<eddy::Timer>(pool[i], [this, i] { sweep(i); }));
    sweepers_.back()->start_every(sweep_period);
  }
}

Server::~Server() {
  for (const auto& worker : workers_) worker->set_watch(nullptr);
}

eddy::Address Server::listen(std::string_view url) {
  const auto& settings = state_->settings;
  if (eddy::Address::resolve(url).front().is_stream()) {
    const auto make = [workers = workers_, limit = settings.item_size_max](std::size_t loop) {
      return eddy::Memcache<Client>(Client(workers[loop]), {.value_limit = limit});
    };
    listeners_.push_back(std::make_unique<Listener>(pool_, url, make, listen_options(settings, pool_.size())));
    const auto& address = listeners_.back()->address();
    if (state_->tcp_port == 0) state_->tcp_port = address.port();
    return address;
  }
  sockets_.push_back(std::make_unique<Socket>(pool_[0], url, [this] { return DatagramClient(state_, 0); }));
  const auto& address = sockets_.back()->address();
  if (state_->udp_port == 0) state_->udp_port = address.port();
  return address;
}

std::string Server::summary() {
  const StoreTotals totals(state_->store);
  const auto& counters = totals.counters;
  return fmt::format(
      "  cache        {} gets, {} of them hits; {} stored; {} items in {} bytes at the end\n"
      "  lost         {} evicted, {} expired and reclaimed\n",
      counters.cmd_get, counters.get_hits, counters.total_items, totals.items, totals.held, counters.evictions,
      counters.reclaimed + counters.crawler_reclaimed);
}

// Each loop looks after its part of the shards.
void Server::sweep(std::size_t loop) {
  const auto now = state_->clock.at(pool_[loop].now());
  for (auto i = loop; i < state_->store.shards(); i += pool_.size()) {
    const auto shard = state_->store.open(i);
    shard->sweep(std::clamp<std::size_t>(shard->slabs().pages().size() / pages_in_a_slice, 1, most_pages_swept), now);
  }
}

}  // namespace cache
