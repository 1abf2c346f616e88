// Item: what the cache holds under one key: this header, the key, and the value with a CRLF after it, in one block of a
// Slabs. A large value lies in memory of its own, shared with the connections that are being sent it; the block has a
// SharedBytes between header and key then.
#pragma once

#include <reactor/bytes.h>
#include <reactor/shared_bytes.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "clock.h"

namespace cache {

struct Item {
  enum State : std::uint8_t {
    live = 1,         // in the cache; a block without it is free
    fetched = 2,      // was asked for since it was stored
    used = 4,         // was asked for since it was last at the old end of its list
    large = 8,        // the value lies elsewhere
    base64_key = 16,  // the key came in base64, and is returned so
    stale = 32,       // was invalidated
    token_sent = 64,  // somebody was told to renew it
  };

  Item* chain;  // in its bucket of the Index
  Item* newer;  // in its list of the Shard
  Item* older;
  std::uint64_t cas;
  std::uint32_t hash;  // the low half
  Seconds expiry;
  Seconds accessed;
  std::uint32_t client_flags;
  std::uint32_t value_size;
  std::uint8_t key_size;
  std::uint8_t state;

  bool is(State what) const { return (state & what) != 0; }
  void set(State what) { state = static_cast<std::uint8_t>(state | what); }
  void clear(State what) { state = static_cast<std::uint8_t>(state & ~what); }

  // 0 too when another thread's loop, whose time is a little further on, was the last to use it.
  Seconds age(Seconds now) const { return now > accessed ? now - accessed : 0; }

  static std::size_t block_size(std::size_t key_size, std::size_t value_size) {
    return sizeof(Item) + key_size + value_size + 2;
  }
  static std::size_t large_block_size(std::size_t key_size) {
    return sizeof(Item) + sizeof(eddy::SharedBytes) + key_size;
  }

  char* after_header() { return reinterpret_cast<char*>(this + 1); }
  char* key_place() { return after_header() + (is(large) ? sizeof(eddy::SharedBytes) : 0); }
  std::string_view key() { return {key_place(), key_size}; }
  eddy::SharedBytes& shared_value() { return *reinterpret_cast<eddy::SharedBytes*>(after_header()); }
  // With the CRLF.
  char* value_place() { return key_place() + key_size; }  // of one that is not large
  eddy::Bytes value_and_end() {
    return is(large) ? shared_value().bytes() : eddy::Bytes(value_place(), std::size_t{value_size} + 2);
  }
  eddy::Bytes value() { return value_and_end().first(value_size); }
};
static_assert(sizeof(Item) == 56 || sizeof(void*) != 8);

}  // namespace cache
