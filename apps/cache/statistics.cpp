#include "statistics.h"

#include <fmt/format.h>
#include <protocols/memcache.h>

#include <array>
#include <chrono>
#include <map>
#include <string>

#include "process_info.h"

namespace cache {
namespace {

template <class Value>
void stat(Reply& reply, std::string_view name, const Value& value) {
  reply << "STAT " << name << ' ' << value << "\r\n";
}

std::string seconds_text(std::uint64_t microseconds) {
  return fmt::format("{}.{:06}", microseconds / 1'000'000, microseconds % 1'000'000);
}

void write_general(State& state, Seconds now, Reply& reply) {
  const auto process = process_info();
  const auto unix_time =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const StoreTotals totals(state.store);
  const auto& counters = totals.counters;
  stat(reply, "pid", process.id);
  stat(reply, "uptime", now - 2);
  stat(reply, "time", unix_time);
  stat(reply, "version", version_text);
  stat(reply, "pointer_size", sizeof(void*) * 8);
  stat(reply, "rusage_user", seconds_text(process.user_microseconds));
  stat(reply, "rusage_system", seconds_text(process.system_microseconds));
  stat(reply, "max_connections", state.settings.max_connections);
  stat(reply, "curr_connections", state.total(&LoopCounters::opened) - state.total(&LoopCounters::closed));
  stat(reply, "total_connections", state.total(&LoopCounters::opened));
  stat(reply, "cmd_get", counters.cmd_get);
  stat(reply, "cmd_set", counters.cmd_set);
  stat(reply, "cmd_flush", state.total(&LoopCounters::flushes));
  stat(reply, "cmd_touch", counters.cmd_touch);
  stat(reply, "cmd_meta", counters.cmd_meta);
  stat(reply, "get_hits", counters.get_hits);
  stat(reply, "get_misses", counters.get_misses);
  stat(reply, "get_expired", counters.get_expired);
  stat(reply, "get_flushed", counters.get_flushed);
  stat(reply, "delete_misses", counters.delete_misses);
  stat(reply, "delete_hits", counters.delete_hits);
  stat(reply, "incr_misses", counters.incr_misses);
  stat(reply, "incr_hits", counters.incr_hits);
  stat(reply, "decr_misses", counters.decr_misses);
  stat(reply, "decr_hits", counters.decr_hits);
  stat(reply, "cas_misses", counters.cas_misses);
  stat(reply, "cas_hits", counters.cas_hits);
  stat(reply, "cas_badval", counters.cas_badval);
  stat(reply, "touch_hits", counters.touch_hits);
  stat(reply, "touch_misses", counters.touch_misses);
  stat(reply, "store_too_large", counters.store_too_large);
  stat(reply, "store_no_memory", counters.store_no_memory);
  stat(reply, "bytes_read", state.total(&LoopCounters::bytes_read));
  stat(reply, "bytes_written", state.total(&LoopCounters::bytes_written));
  stat(reply, "limit_maxbytes", state.settings.memory_limit);
  stat(reply, "accepting_conns", 1);
  stat(reply, "threads", state.loops.size());
  stat(reply, "requests_timed_out", state.total(&LoopCounters::requests_timed_out));
  stat(reply, "requests_dropped", state.total(&LoopCounters::requests_dropped));
  stat(reply, "conn_yields", state.total(&LoopCounters::yields));
  stat(reply, "hash_buckets", totals.buckets);
  stat(reply, "hash_bytes", totals.index_bytes);
  stat(reply, "slabs_moved", counters.pages_moved);
  stat(reply, "bytes", totals.item_bytes);
  stat(reply, "curr_items", totals.items);
  stat(reply, "total_items", counters.total_items);
  stat(reply, "expired_unfetched", counters.expired_unfetched);
  stat(reply, "evicted_unfetched", counters.evicted_unfetched);
  stat(reply, "evictions", counters.evictions);
  stat(reply, "reclaimed", counters.reclaimed);
  stat(reply, "crawler_reclaimed", counters.crawler_reclaimed);
  stat(reply, "crawler_items_checked", counters.crawler_items_checked);
}

void write_settings(State& state, Reply& reply) {
  const auto& settings = state.settings;
  stat(reply, "maxbytes", settings.memory_limit);
  stat(reply, "maxconns", settings.max_connections);
  stat(reply, "tcpport", state.tcp_port);
  stat(reply, "udpport", state.udp_port);
  stat(reply, "verbosity", settings.log == nullptr ? 0 : settings.log->verbosity());
  stat(reply, "evictions", "on");
  stat(reply, "shutdown_command", "no");
  stat(reply, "num_threads", state.loops.size());
  stat(reply, "reqs_per_event", settings.requests_per_event);
  stat(reply, "cas_enabled", "yes");
  stat(reply, "tcp_backlog", settings.backlog);
  stat(reply, "item_size_max", settings.item_size_max);
  stat(reply, "lru_crawler", "yes");
  stat(reply, "flush_enabled", "yes");
  stat(reply, "shards", state.store.shards());
}

// Of one list, all shards together.
struct ListTotals {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
  std::uint64_t evicted = 0;
  Seconds age = 0;  // of the oldest item
};

void write_items(State& state, Seconds now, Reply& reply) {
  std::map<std::size_t, ListTotals> lists;
  for (std::size_t i = 0; i < state.store.shards(); ++i) {
    const auto shard = state.store.open(i);
    for (std::size_t number = 0; number < shard->lists(); ++number) {
      const auto& list = shard->list(number);
      if (list.oldest == nullptr && list.evictions == 0) continue;
      auto& totals = lists[number];
      totals.number += list.count;
      totals.bytes += list.bytes;
      totals.evicted += list.evictions;
      if (list.oldest != nullptr) totals.age = std::max(totals.age, list.oldest->age(now));
    }
  }
  for (const auto& [number, totals] : lists) {
    const auto prefix = fmt::format("items:{}:", number + 1);
    stat(reply, prefix + "number", totals.number);
    stat(reply, prefix + "age", totals.age);
    stat(reply, prefix + "mem_requested", totals.bytes);
    stat(reply, prefix + "evicted", totals.evicted);
  }
}

void write_slabs(State& state, Reply& reply) {
  struct Class {
    std::size_t block_size = 0;
    std::size_t per_page = 0;
    Slabs::Use use;
  };
  std::array<Class, Slabs::most_sizes> classes{};
  std::uint64_t held = 0;
  for (std::size_t i = 0; i < state.store.shards(); ++i) {
    const auto shard = state.store.open(i);
    held += shard->held();
    const auto& slabs = shard->slabs();
    for (std::size_t each = 0; each < slabs.size_classes(); ++each) {
      classes[each].block_size = slabs.block_size(each);
      classes[each].per_page = slabs.blocks_per_page(each);
      classes[each].use.pages += slabs.use(each).pages;
      classes[each].use.blocks += slabs.use(each).blocks;
    }
  }
  std::size_t active = 0;
  for (std::size_t each = 0; each < classes.size(); ++each) {
    const auto& [block_size, per_page, use] = classes[each];
    if (use.pages == 0) continue;
    ++active;
    const auto prefix = fmt::format("{}:", each + 1);
    stat(reply, prefix + "chunk_size", block_size);
    stat(reply, prefix + "chunks_per_page", per_page);
    stat(reply, prefix + "total_pages", use.pages);
    stat(reply, prefix + "total_chunks", use.pages * per_page);
    stat(reply, prefix + "used_chunks", use.blocks);
    stat(reply, prefix + "free_chunks", use.pages * per_page - use.blocks);
  }
  stat(reply, "active_slabs", active);
  stat(reply, "total_malloced", held);
}

// How many items there are of each size, in steps of 32 bytes. Lists know that without looking at items, but for the
// spread inside a block size, which is smaller than a step up to 512 bytes.
void write_sizes(State& state, Reply& reply) {
  static constexpr std::size_t step = 32;
  std::map<std::size_t, std::uint64_t> sizes;
  for (std::size_t i = 0; i < state.store.shards(); ++i) {
    const auto shard = state.store.open(i);
    for (std::size_t number = 0; number < shard->lists(); ++number) {
      const auto& list = shard->list(number);
      if (list.count == 0) continue;
      const auto average = list.bytes / list.count;
      sizes[(average + step - 1) / step * step] += list.count;
    }
  }
  for (const auto& [size, count] : sizes) reply << "STAT " << size << ' ' << count << "\r\n";
}

// What loops count goes on: they alone may write it.
void reset(State& state) {
  for (std::size_t i = 0; i < state.store.shards(); ++i) state.store.open(i)->counters = {};
}

}  // namespace

void write_statistics(std::string_view arguments, State& state, Seconds now, Reply& reply) {
  const auto what = eddy::memcache::next_word(arguments);
  if (what.empty()) {
    write_general(state, now, reply);
  } else if (what == "settings") {
    write_settings(state, reply);
  } else if (what == "items") {
    write_items(state, now, reply);
  } else if (what == "slabs") {
    write_slabs(state, reply);
  } else if (what == "sizes") {
    write_sizes(state, reply);
  } else if (what == "reset") {
    reset(state);
    reply << "RESET\r\n";
    return;
  } else {
    reply << "ERROR\r\n";
    return;
  }
  reply << "END\r\n";
}

}  // namespace cache
