// Service: carries out commands on the store and answers them. One for each loop.
#pragma once

#include <protocols/memcache.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "reply.h"
#include "state.h"

namespace cache {

using eddy::memcache::Command;
using eddy::memcache::Verb;

class Service {
 public:
  Service(State& state, LoopCounters& loop) : state_(state), loop_(loop) {}

  // `from` is who asks, for the log. False when the connection is to be closed after the answer.
  bool execute(eddy::Id from, const Command& command, Seconds now, Reply& reply);

  // Bytes of values that append and prepend have put together since the last call, which is work that the size of a
  // command does not tell.
  std::size_t take_joined_bytes() { return std::exchange(joined_bytes_, 0); }

  // What an item of that size counts as, against item_size_max: what memcached would need for it.
  static std::size_t counted_size(std::size_t key_size, std::size_t block_size, std::uint32_t flags);

 private:
  enum class Stored : std::uint8_t { stored, not_stored, exists, not_found, too_large, no_memory };
  // What storing came to, and the item's new cas id.
  struct Outcome {
    Stored stored;
    std::uint64_t cas = 0;
  };

  void retrieve(const Command& command, Seconds now, Reply& reply);
  void store(const Command& command, Seconds now, Reply& reply);
  void remove(const Command& command, Seconds now, Reply& reply);
  void change_number(const Command& command, Seconds now, Reply& reply);
  void touch(const Command& command, Seconds now, Reply& reply);
  void flush_all(const Command& command, Seconds now, Reply& reply);

  void meta_get(const Command& command, Seconds now, Reply& reply);
  void meta_set(const Command& command, Seconds now, Reply& reply);
  void meta_delete(const Command& command, Seconds now, Reply& reply);
  void meta_arithmetic(const Command& command, Seconds now, Reply& reply);
  void meta_debug(const Command& command, Seconds now, Reply& reply);

  Outcome store_as(Verb verb, const Key& key, const Command& command, Seconds now, bool base64_key);
  Outcome append_to(Shard& shard, Item* item, const Key& key, const Command& command, Verb verb, Seconds now);
  void drop_old(const Key& key, Seconds now);

  State& state_;
  LoopCounters& loop_;
  std::vector<char> joined_;  // a small value that append or prepend makes
  std::size_t joined_bytes_ = 0;
};

// Adds `delta` to the number that `item` holds, or takes it away, down to 0. Leaves `item` at the item that has it now,
// null when there was no memory. False when it holds none.
bool add_to_number(Shard& shard, const Key& key, Item*& item, bool up, std::uint64_t delta, std::uint64_t& result,
                   Seconds now);

}  // namespace cache
