#include "preflight.h"

#include <apps/cli/program.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "process.h"
#include "sources.h"
#include "text.h"

namespace load {
namespace {

constexpr double memory_each = 20 * 1024;

std::optional<std::uint64_t> available_memory() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::uint64_t kib = 0;
  while (file >> name >> kib) {
    if (name == "MemAvailable:") return kib * 1024;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return {};
}

std::size_t rounded_up(std::size_t number, std::size_t divisor) {
  return number / divisor + (number % divisor == 0 ? 0 : 1);
}

}  // namespace

Capacity capacity_of_this_machine(const Settings& settings) {
  return {size_of(settings.local_ports.value_or(ephemeral_ports())), most_sockets(), available_memory()};
}

void preflight(const Settings& settings, const std::vector<eddy::Address>& targets, const Capacity& capacity) {
  const auto wanted = settings.sockets();
  std::vector<std::string> short_of;
  if (const auto& target = targets.front(); target.is_ip()) {
    const auto sources = std::max<std::size_t>(settings.sources.size(), 1);
    const auto servers = target.is_stream() ? 1 + settings.more_urls.size() : 1;
    const auto each = servers * capacity.ports;
    if (wanted > sources * each) {
      short_of.push_back(fmt::format(
          "{} local ports ({} {}, {} {}, {} ports each): give {} --source addresses (127.0.0.0/8 are all this "
          "machine's), such as --source 127.0.0.2-127.0.0.{}",
          grouped(sources * each), sources, sources == 1 ? "source address" : "source addresses", servers,
          servers == 1 ? "server" : "servers", grouped(capacity.ports), rounded_up(wanted, each),
          std::min<std::size_t>(rounded_up(wanted, each) + 1, 254)));
    }
  }
  const auto descriptors = settings.descriptors();
  if (descriptors > capacity.sockets) {
    short_of.push_back(
        fmt::format("{} descriptors: raise the limit (ulimit -Hn; for good in /etc/security/limits.conf, "
                    "or LimitNOFILE= of a service), or run {} processes",
                    grouped(capacity.sockets), capacity.sockets == 0 ? 0 : rounded_up(descriptors, capacity.sockets)));
  }
  const auto memory_wanted = static_cast<double>(wanted) * memory_each;
  if (capacity.memory && memory_wanted > static_cast<double>(*capacity.memory)) {
    short_of.push_back(fmt::format("{:.1f} GB of memory, where {:.1f} GB are needed: ask for fewer connections",
                                   static_cast<double>(*capacity.memory) / 1e9, memory_wanted / 1e9));
  }
  if (short_of.empty()) return;
  const auto shard = settings.shard.of == 1 ? std::string()
                                            : fmt::format(", {} of them in shard {}", settings.own_connections(),
                                                          to_string(settings.shard));
  throw cli::UsageError(fmt::format("--connections {}{}: this process can have only {}", settings.connections, shard,
                                    fmt::join(short_of, "; and only ")));
}

}  // namespace load
