#include "server.h"

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

eddy::ListenOptions listen_options(const Settings& settings) {
  eddy::ListenOptions options;
  options.backlog = settings.backlog;
  options.max_connections = settings.max_connections;
  auto& connection = options.connection;
  connection.input_limit = settings.item_size_max + 64 * 1024;
  connection.output_cap = connection.high_mark + 2 * settings.item_size_max + mebibyte;
  connection.write_stall_timeout = settings.write_stall_timeout;
  return options;
}

}  // namespace

Server::Server(eddy::Loop& loop, const Settings& settings)
    : loop_(loop), state_(checked(settings), 1, loop.clock()), worker_(state_), sweeper_(loop, [this] { sweep(); }) {
  sweeper_.start_every(sweep_period);
}

eddy::Address Server::listen(std::string_view url) {
  const auto make = [this] {
    return eddy::Memcache<Client>(Client(worker_), {.value_limit = state_.settings.item_size_max});
  };
  auto listener =
      std::make_unique<eddy::Listener<eddy::Memcache<Client>>>(loop_, url, make, listen_options(state_.settings));
  const auto address = listener->address();
  listeners_.push_back(std::move(listener));
  return address;
}

void Server::sweep() {
  const auto now = state_.clock.at(loop_.now());
  for (std::size_t i = 0; i < state_.store.shards(); ++i) {
    const auto shard = state_.store.open(i);
    shard->sweep(std::clamp<std::size_t>(shard->slabs().pages().size() / pages_in_a_slice, 1, most_pages_swept), now);
  }
}

}  // namespace cache
