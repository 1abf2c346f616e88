#include "service.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

#include "statistics.h"

namespace cache {
namespace {

constexpr std::size_t most_of_a_number = 64;  // digits, and spaces before and after them

constexpr std::string_view too_large_error = "SERVER_ERROR object too large for cache\r\n";
constexpr std::string_view no_memory_error = "SERVER_ERROR out of memory storing object\r\n";

// 20 digits and the end.
constexpr std::size_t most_number_size = 22;

}  // namespace

std::size_t Service::counted_size(std::size_t key_size, std::size_t block_size, std::uint32_t flags) {
  // A header of 56 bytes, the key and a null byte, the value and CRLF, and the flags when there are any.
  return 56 + key_size + 1 + block_size + (flags != 0 ? 4 : 0);
}

bool Service::execute(eddy::Id from, const Command& command, Seconds now, Reply& reply) {
  if (const auto* log = state_.settings.log) log->command(from, command);
  switch (command.verb) {
    case Verb::get:
    case Verb::gets:
    case Verb::gat:
    case Verb::gats: retrieve(command, now, reply); break;
    case Verb::set:
    case Verb::add:
    case Verb::replace:
    case Verb::append:
    case Verb::prepend:
    case Verb::cas: store(command, now, reply); break;
    case Verb::remove: remove(command, now, reply); break;
    case Verb::incr:
    case Verb::decr: change_number(command, now, reply); break;
    case Verb::touch: touch(command, now, reply); break;
    case Verb::flush_all: flush_all(command, now, reply); break;
    case Verb::verbosity:
      if (auto* log = state_.settings.log) {
        log->set_verbosity(static_cast<int>(std::min<std::uint64_t>(command.number, 2)));
      }
      if (!command.noreply) reply << "OK\r\n";
      break;
    case Verb::version: reply << "VERSION " << version_text << "\r\n"; break;
    case Verb::stats: write_statistics(command.arguments, state_, now, reply); break;
    case Verb::shutdown: reply << "ERROR: shutdown not enabled\r\n"; break;
    case Verb::quit: return false;
    case Verb::meta_get: meta_get(command, now, reply); break;
    case Verb::meta_set: meta_set(command, now, reply); break;
    case Verb::meta_delete: meta_delete(command, now, reply); break;
    case Verb::meta_arithmetic: meta_arithmetic(command, now, reply); break;
    case Verb::meta_debug: meta_debug(command, now, reply); break;
    case Verb::meta_noop: reply << "MN\r\n"; break;
    case Verb::error:
      if (!command.noreply) reply << command.error << "\r\n";
      break;
  }
  return true;
}

void Service::retrieve(const Command& command, Seconds now, Reply& reply) {
  if (!command.key.empty()) {
    const auto key = state_.store.key(command.key);
    const auto shard = state_.store.open(key);
    auto& counters = shard->counters;
    auto* item = shard->find(key, now);
    if (command.verb == Verb::get || command.verb == Verb::gets) {
      ++counters.cmd_get;
      ++(item != nullptr ? counters.get_hits : counters.get_misses);
    } else {
      ++counters.cmd_touch;
      ++(item != nullptr ? counters.touch_hits : counters.touch_misses);
      if (item != nullptr) shard->set_expiry(item, Clock::expiry(command.exptime, now));
    }
    if (item != nullptr) {
      shard->mark_used(item, now);
      reply << "VALUE " << command.key << ' ' << item->client_flags << ' ' << item->value_size;
      if (command.verb == Verb::gets || command.verb == Verb::gats) reply << ' ' << item->cas;
      reply << "\r\n";
      if (item->is(Item::large)) {
        reply.append(item->shared_value());
      } else {
        reply << item->value_and_end().text();
      }
    }
  }
  if (command.last) reply << "END\r\n";
}

void Service::drop_old(const Key& key, Seconds now) {
  const auto shard = state_.store.open(key);
  if (auto* item = shard->find(key, now)) shard->remove(item);
}

Service::Outcome Service::append_to(Shard& shard, Item* item, const Key& key, const Command& command, Verb verb,
                                    Seconds now) {
  static constexpr std::string_view line_end = "\r\n";
  const auto old = item->value();
  const auto added = command.value();
  const auto front = verb == Verb::append ? old : added;
  const auto back = verb == Verb::append ? added : old;
  const auto size = front.size() + back.size() + line_end.size();
  if (counted_size(command.key.size(), size, item->client_flags) > state_.settings.item_size_max) {
    return {Stored::not_stored};
  }
  joined_bytes_ += size;
  Content content{.block = {}, .client_flags = item->client_flags, .expiry = item->expiry};
  const bool base64_key = item->is(Item::base64_key);
  eddy::SharedBytes large;
  if (Shard::is_large(key.text.size(), size)) {
    large = eddy::SharedBytes({front, back, line_end});
    content.block = large.bytes();
  } else {
    // The old value's memory may be the first that the new one gets.
    joined_.clear();
    for (const auto piece : {front.text(), back.text(), line_end}) {
      joined_.insert(joined_.end(), piece.begin(), piece.end());
    }
    content.block = joined_;
  }
  auto* stored = shard.store(key, content, std::move(large), now);
  if (stored == nullptr) return {Stored::not_stored};
  if (base64_key) stored->set(Item::base64_key);
  return {Stored::stored, stored->cas};
}

Service::Outcome Service::store_as(Verb verb, const Key& key, const Command& command, Seconds now, bool base64_key) {
  const auto size = counted_size(command.key.size(), command.block.size(), command.flags);
  if (command.too_large || size > state_.settings.item_size_max) {
    const auto shard = state_.store.open(key);
    ++shard->counters.store_too_large;
    return {Stored::too_large};
  }
  const Content content{
      .block = command.block, .client_flags = command.flags, .expiry = Clock::expiry(command.exptime, now)};
  // Copied before the lock is taken; in vain when the command does not store.
  const bool is_large =
      verb != Verb::append && verb != Verb::prepend && Shard::is_large(key.text.size(), command.block.size());
  auto large = is_large ? eddy::SharedBytes(command.block) : eddy::SharedBytes();

  const auto shard = state_.store.open(key);
  auto& counters = shard->counters;
  ++counters.cmd_set;
  auto* old = shard->find(key, now);
  auto expiry = content.expiry;
  std::uint8_t kept_state = 0;
  switch (verb) {
    case Verb::add:
      if (old != nullptr) {
        shard->mark_used(old, now);
        return {Stored::not_stored};
      }
      break;
    case Verb::replace:
      if (old == nullptr) return {Stored::not_stored};
      break;
    case Verb::append:
    case Verb::prepend:
      if (old == nullptr) return {Stored::not_stored};
      if (command.verb == Verb::meta_set && command.number != 0 && command.number != old->cas) return {Stored::exists};
      return append_to(*shard, old, key, command, verb, now);
    case Verb::cas:
      if (old == nullptr) {
        ++counters.cas_misses;
        return {Stored::not_found};
      }
      if (command.number != old->cas) {
        const bool accept_older = command.verb == Verb::meta_set && command.meta.invalidate && command.number != 0 &&
                                  command.number < old->cas;
        if (!accept_older) {
          ++counters.cas_badval;
          return {Stored::exists};
        }
        expiry = old->expiry;
        kept_state = static_cast<std::uint8_t>(Item::stale | (old->state & Item::token_sent));
      }
      ++counters.cas_hits;
      break;
    default: break;
  }
  auto* item = shard->store(key, content, std::move(large), now);
  if (item == nullptr) return {Stored::no_memory};
  if (expiry != content.expiry) shard->set_expiry(item, expiry);
  item->state = static_cast<std::uint8_t>(item->state | kept_state | (base64_key ? Item::base64_key : 0));
  return {Stored::stored, item->cas};
}

void Service::store(const Command& command, Seconds now, Reply& reply) {
  const auto key = state_.store.key(command.key);
  const auto stored = store_as(command.verb, key, command, now, false).stored;
  // What could not be replaced must not go on being served.
  if (stored == Stored::too_large && command.verb == Verb::set) drop_old(key, now);
  if (command.noreply) return;
  switch (stored) {
    case Stored::stored: reply << "STORED\r\n"; break;
    case Stored::not_stored: reply << "NOT_STORED\r\n"; break;
    case Stored::exists: reply << "EXISTS\r\n"; break;
    case Stored::not_found: reply << "NOT_FOUND\r\n"; break;
    case Stored::too_large: reply << too_large_error; break;
    case Stored::no_memory: reply << no_memory_error; break;
  }
}

void Service::remove(const Command& command, Seconds now, Reply& reply) {
  const auto key = state_.store.key(command.key);
  const auto shard = state_.store.open(key);
  auto* item = shard->find(key, now);
  ++(item != nullptr ? shard->counters.delete_hits : shard->counters.delete_misses);
  if (item != nullptr) shard->remove(item);
  if (!command.noreply) reply << (item != nullptr ? "DELETED\r\n" : "NOT_FOUND\r\n");
}

bool add_to_number(Shard& shard, const Key& key, Item*& item, bool up, std::uint64_t delta, std::uint64_t& result,
                   Seconds now) {
  // Spaces may follow, which is how a shorter number is kept in the old one's place, and as in memcached go before.
  // No number is longer than what is looked at: a value of a megabyte costs no more than another one.
  auto text = item->value().text().substr(0, most_of_a_number);
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  text = text.substr(0, text.find(' '));
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || stop != text.data() + text.size()) return false;

  result = up ? number + delta : number - std::min(number, delta);
  char digits[most_number_size];
  const auto size = static_cast<std::size_t>(std::to_chars(digits, std::end(digits), result).ptr - digits);
  shard.mark_used(item, now);
  if (size <= item->value_size && !item->is(Item::large)) {
    std::memcpy(item->value_place(), digits, size);
    std::memset(item->value_place() + size, ' ', item->value_size - size);
    shard.renew_cas(item);
    return true;
  }
  digits[size] = '\r';
  digits[size + 1] = '\n';
  const Content content{.block = {digits, size + 2}, .client_flags = item->client_flags, .expiry = item->expiry};
  const auto kept_state = item->state & (Item::fetched | Item::base64_key | Item::stale | Item::token_sent);
  item = shard.store(key, content, {}, now);
  if (item != nullptr) item->state = static_cast<std::uint8_t>(item->state | kept_state);
  return true;
}

void Service::change_number(const Command& command, Seconds now, Reply& reply) {
  const bool up = command.verb == Verb::incr;
  const auto key = state_.store.key(command.key);
  const auto shard = state_.store.open(key);
  auto& counters = shard->counters;
  auto* item = shard->find(key, now);
  if (item == nullptr) {
    ++(up ? counters.incr_misses : counters.decr_misses);
    if (!command.noreply) reply << "NOT_FOUND\r\n";
    return;
  }
  std::uint64_t result = 0;
  const bool numeric = add_to_number(*shard, key, item, up, command.number, result, now);
  if (numeric) ++(up ? counters.incr_hits : counters.decr_hits);
  if (command.noreply) return;
  if (!numeric) {
    reply << "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n";
  } else if (item == nullptr) {
    reply << "SERVER_ERROR out of memory\r\n";
  } else {
    reply << result << "\r\n";
  }
}

void Service::touch(const Command& command, Seconds now, Reply& reply) {
  const auto key = state_.store.key(command.key);
  const auto shard = state_.store.open(key);
  ++shard->counters.cmd_touch;
  auto* item = shard->find(key, now);
  ++(item != nullptr ? shard->counters.touch_hits : shard->counters.touch_misses);
  if (item != nullptr) {
    shard->mark_used(item, now);
    shard->set_expiry(item, Clock::expiry(command.exptime, now));
  }
  if (!command.noreply) reply << (item != nullptr ? "TOUCHED\r\n" : "NOT_FOUND\r\n");
}

void Service::flush_all(const Command& command, Seconds now, Reply& reply) {
  loop_.flushes.add(1);
  const auto when = command.exptime > 0 ? Clock::expiry(command.exptime, now) : now;
  for (std::size_t i = 0; i < state_.store.shards(); ++i) state_.store.open(i)->flush(when, now);
  if (!command.noreply) reply << "OK\r\n";
}

}  // namespace cache
