#include "settings.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace cache {
namespace {

constexpr std::size_t least_item_size = 1024;
constexpr std::size_t most_item_size = 1024 * mebibyte;

constexpr std::size_t least_memory_of_a_loop = 64 * mebibyte;

constexpr std::size_t least_high_mark = std::size_t{16} * 1024;
constexpr std::size_t most_high_mark = std::size_t{256} * 1024;

}  // namespace

// One connection's request and answers of the largest size have to fit several times.
std::size_t connection_memory(const Settings& settings, std::size_t threads) {
  return std::max({settings.connection_memory / threads, least_memory_of_a_loop, 4 * settings.item_size_max});
}

std::size_t high_mark(const Settings& settings, std::size_t threads) {
  const auto connections = (settings.max_connections + threads - 1) / threads;
  return std::clamp(connection_memory(settings, threads) / 4 / connections, least_high_mark, most_high_mark);
}

void check(const Settings& settings) {
  const auto fail = [](const std::string& what) { throw std::invalid_argument(what); };
  if (settings.memory_limit < mebibyte) {
    fail("memory limit " + std::to_string(settings.memory_limit) + ": expected at least 1 MiB");
  }
  if (settings.item_size_max < least_item_size || settings.item_size_max > most_item_size) {
    fail("item size " + std::to_string(settings.item_size_max) + ": expected 1k to 1024m");
  }
  if (settings.item_size_max > settings.memory_limit / 2) {
    fail("memory limit " + std::to_string(settings.memory_limit) + ": expected at least twice the largest item, " +
         std::to_string(settings.item_size_max));
  }
  if (settings.request_timeout <= eddy::Duration::zero()) fail("request timeout: expected more than 0");
  if (settings.max_connections == 0) fail("connections 0: expected at least 1");
  if (settings.requests_per_event == 0) fail("requests per event 0: expected at least 1");
}

}  // namespace cache
