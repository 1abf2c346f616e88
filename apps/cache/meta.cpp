// The meta commands.

#include <charconv>
#include "service.h"

namespace cache {
namespace {

using eddy::memcache::next_word;

// The key as the store has it: decoded when it came in base64.
class MetaKey {
 public:
  explicit MetaKey(const Command& command)
      : text_(command.meta.base64_key ? eddy::memcache::decode_base64(command.key, buffer_) : command.key) {}
  MetaKey(const MetaKey&) = delete;
  MetaKey& operator=(const MetaKey&) = delete;
  std::string_view text() const { return text_; }

 private:
  eddy::memcache::KeyBuffer buffer_;
  std::string_view text_;
};

void write_key(std::string_view key, bool base64, Reply& reply) {
  eddy::memcache::EncodedKey buffer;
  reply << (base64 ? eddy::memcache::encode_base64(key, buffer) : key);
}

void return_key(std::string_view key, bool base64, Reply& reply) {
  reply << " k";
  write_key(key, base64, reply);
  if (base64) reply << " b";
}

void return_time_to_live(const Item& item, Seconds now, Reply& reply) {
  reply << " t";
  if (item.expiry == never_expires) {
    reply << "-1";
  } else {
    reply << item.expiry - now;
  }
}

// What every answer gives back: the opaque, and the key as it was asked for.
void return_opaque_and_key(const Command& command, std::string_view key, Reply& reply) {
  auto flags = command.arguments;
  for (auto flag = next_word(flags); !flag.empty(); flag = next_word(flags)) {
    if (flag[0] == 'O') reply << ' ' << flag;
    if (flag[0] == 'k') return_key(key, command.meta.base64_key, reply);
  }
}

Verb verb_of_mode(const Command& command) {
  switch (command.meta.mode) {
    case 'E': return Verb::add;
    case 'A': return Verb::append;
    case 'P': return Verb::prepend;
    case 'R': return command.meta.has_cas ? Verb::cas : Verb::replace;
    default: return command.meta.has_cas ? Verb::cas : Verb::set;
  }
}

const eddy::Bytes empty_block("\r\n", 2);

}  // namespace

void Service::meta_get(const Command& command, Seconds now, Reply& reply) {
  const auto& meta = command.meta;
  const MetaKey meta_key(command);
  const auto key = state_.store.key(meta_key.text());
  const auto shard = state_.store.open(key);
  auto& counters = shard->counters;
  auto* item = shard->find(key, now);
  bool won = false;
  bool created = false;
  ++(meta.has_exptime ? counters.cmd_touch : counters.cmd_get);
  if (item != nullptr) {
    ++(meta.has_exptime ? counters.touch_hits : counters.get_hits);
  } else {
    ++(meta.has_exptime ? counters.touch_misses : counters.get_misses);
    if (meta.vivify) {
      item = shard->store(key, {.block = empty_block, .expiry = Clock::expiry(meta.vivify_exptime, now)}, {}, now);
      created = won = item != nullptr;
      if (created && meta.base64_key) item->set(Item::base64_key);
    }
  }
  if (item == nullptr) {
    if (command.noreply) return;
    reply << "EN";
    return_opaque_and_key(command, meta_key.text(), reply);
    reply << "\r\n";
    return;
  }

  if (meta.value) {
    reply << "VA " << item->value_size;
  } else {
    reply << "HD";
  }
  // In the order in which they were asked for: T before t returns the new time.
  auto flags = command.arguments;
  for (auto flag = next_word(flags); !flag.empty(); flag = next_word(flags)) {
    switch (flag[0]) {
      case 'T': shard->set_expiry(item, Clock::expiry(command.exptime, now)); break;
      case 'R':
        if (!item->is(Item::token_sent) && !created && item->expiry != never_expires &&
            item->expiry < Clock::expiry(meta.recache, now)) {
          won = true;
        }
        break;
      case 's': reply << " s" << item->value_size; break;
      case 't': return_time_to_live(*item, now, reply); break;
      case 'c': reply << " c" << item->cas; break;
      case 'f': reply << " f" << item->client_flags; break;
      case 'l': reply << " l" << item->age(now); break;
      case 'h': reply << (item->is(Item::fetched) ? " h1" : " h0"); break;
      case 'O': reply << ' ' << flag; break;
      case 'k': return_key(item->key(), item->is(Item::base64_key), reply); break;
      default: break;
    }
  }
  const bool token_was_sent = item->is(Item::token_sent);
  if (token_was_sent) reply << " Z";
  if (item->is(Item::stale)) {
    reply << " X";
    won = won || !token_was_sent;
  }
  if (won) {
    reply << " W";
    item->set(Item::token_sent);
  }
  reply << "\r\n";
  if (meta.value) {
    if (item->is(Item::large)) {
      reply.append(item->shared_value());
    } else {
      reply << item->value_and_end().text();
    }
  }
  if (!meta.no_bump) shard->mark_used(item, now);
}

void Service::meta_set(const Command& command, Seconds now, Reply& reply) {
  const MetaKey meta_key(command);
  const auto key = state_.store.key(meta_key.text());
  const auto outcome = store_as(verb_of_mode(command), key, command, now, command.meta.base64_key);
  std::string_view code;
  switch (outcome.stored) {
    case Stored::stored:
      if (command.noreply) return;
      code = "HD";
      break;
    case Stored::not_stored: code = "NS"; break;
    case Stored::exists: code = "EX"; break;
    case Stored::not_found: code = "NF"; break;
    case Stored::too_large:
      drop_old(key, now);
      reply << "SERVER_ERROR object too large for cache\r\n";
      return;
    case Stored::no_memory: reply << "SERVER_ERROR out of memory storing object\r\n"; return;
  }
  reply << code;
  auto flags = command.arguments;
  for (auto flag = next_word(flags); !flag.empty(); flag = next_word(flags)) {
    if (flag[0] == 'O') reply << ' ' << flag;
    if (flag[0] == 'k') return_key(meta_key.text(), command.meta.base64_key, reply);
    if (flag[0] == 'c') reply << " c" << outcome.cas;
  }
  reply << "\r\n";
}

void Service::meta_delete(const Command& command, Seconds now, Reply& reply) {
  const MetaKey meta_key(command);
  const auto key = state_.store.key(meta_key.text());
  const auto shard = state_.store.open(key);
  auto& counters = shard->counters;
  auto* item = shard->find(key, now);
  std::string_view code = "HD";
  if (item == nullptr) {
    ++counters.delete_misses;
    code = "NF";
  } else if (command.meta.has_cas && item->cas != command.number) {
    ++counters.delete_misses;
    code = "EX";
  } else if (command.meta.invalidate) {
    if (command.meta.has_exptime) shard->set_expiry(item, Clock::expiry(command.exptime, now));
    item->set(Item::stale);
    item->clear(Item::token_sent);
    shard->renew_cas(item);
  } else {
    ++counters.delete_hits;
    shard->remove(item);
  }
  if (command.noreply && code == "HD") return;
  reply << code;
  return_opaque_and_key(command, meta_key.text(), reply);
  reply << "\r\n";
}

void Service::meta_arithmetic(const Command& command, Seconds now, Reply& reply) {
  const auto& meta = command.meta;
  const bool up = meta.mode != 'D' && meta.mode != '-';
  const MetaKey meta_key(command);
  const auto key = state_.store.key(meta_key.text());
  const auto shard = state_.store.open(key);
  auto& counters = shard->counters;
  auto* item = shard->find(key, now);
  std::uint64_t result = meta.initial;
  bool created = false;
  std::string_view failure;
  if (item == nullptr && meta.vivify) {
    char block[24];
    const auto size = static_cast<std::size_t>(std::to_chars(block, std::end(block), result).ptr - block);
    block[size] = '\r';
    block[size + 1] = '\n';
    item = shard->store(key, {.block = {block, size + 2}, .expiry = Clock::expiry(meta.vivify_exptime, now)}, {}, now);
    if (item == nullptr) {
      reply << "SERVER_ERROR Out of memory allocating new item\r\n";
      return;
    }
    created = true;
    if (meta.base64_key) item->set(Item::base64_key);
  } else if (item == nullptr) {
    ++(up ? counters.incr_misses : counters.decr_misses);
    failure = "NF";
  } else if (meta.has_cas && command.number != 0 && item->cas != command.number) {
    failure = "EX";
  } else if (!add_to_number(*shard, key, item, up, meta.delta, result, now)) {
    reply << "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n";
    return;
  } else if (item == nullptr) {
    reply << "SERVER_ERROR out of memory\r\n";
    return;
  } else {
    ++(up ? counters.incr_hits : counters.decr_hits);
  }
  if (!failure.empty()) {
    reply << failure;
    return_opaque_and_key(command, meta_key.text(), reply);
    reply << "\r\n";
    return;
  }

  // The answer is put together even if it is not told: T takes effect meanwhile.
  const auto before = reply.size();
  char digits[20];
  const std::string_view number(digits,
                                static_cast<std::size_t>(std::to_chars(digits, std::end(digits), result).ptr - digits));
  if (meta.value) {
    reply << "VA " << number.size();
  } else {
    reply << "HD";
  }
  auto flags = command.arguments;
  for (auto flag = next_word(flags); !flag.empty(); flag = next_word(flags)) {
    switch (flag[0]) {
      case 'c': reply << " c" << item->cas; break;
      case 't': return_time_to_live(*item, now, reply); break;
      case 'T': shard->set_expiry(item, Clock::expiry(command.exptime, now)); break;
      case 'O': reply << ' ' << flag; break;
      case 'k': return_key(meta_key.text(), meta.base64_key, reply); break;
      default: break;
    }
  }
  if (meta.value) reply << "\r\n" << number;
  reply << "\r\n";
  if (command.noreply && !created) reply.shorten(before);
}

void Service::meta_debug(const Command& command, Seconds now, Reply& reply) {
  const MetaKey meta_key(command);
  const auto key = state_.store.key(meta_key.text());
  const auto shard = state_.store.open(key);
  ++shard->counters.cmd_meta;
  auto* item = shard->find(key, now);
  if (item == nullptr) {
    reply << "EN\r\n";
    return;
  }
  reply << "ME ";
  write_key(item->key(), item->is(Item::base64_key), reply);
  // Time to live is given as memcached gives it: negative.
  reply << " exp=" << (item->expiry == never_expires ? -1 : std::int64_t{now} - std::int64_t{item->expiry})
        << " la=" << item->age(now) << " cas=" << item->cas << " fetch=" << (item->is(Item::fetched) ? "yes" : "no")
        << " cls=" << Slabs::page_of(item)->size_class + 1
        << " size=" << Item::block_size(item->key_size, item->value_size) << "\r\n";
}

}  // namespace cache
