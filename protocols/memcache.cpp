#include "protocols/memcache.h"

#include <algorithm>
#include <utility>

#include "protocols/memcache_line.h"
#include "reactor/error.h"

namespace eddy {
namespace {

using memcache::bad_format;
using memcache::Command;
using memcache::key_limit;
using memcache::Verb;

bool touches(Verb verb) { return verb == Verb::gat || verb == Verb::gats; }

Found tell(std::string_view error, std::size_t size, Command& command) {
  command.verb = Verb::error;
  command.error = error;
  return {.what = Found::What::message, .size = size};
}

Found broken(Errc why, std::size_t size) { return {.what = Found::What::broken, .size = size, .error = why}; }

std::string_view without_end(std::string_view line) {
  // A line of nothing but CR is a word, as in memcached.
  if (line.size() > 1 && line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// "GET / HTTP/1.1"
bool is_http(std::string_view line) {
  line = line.substr(0, line.find_last_not_of(' ') + 1);
  const auto space = line.rfind(' ');
  return space != std::string_view::npos && line.substr(space + 1).starts_with("HTTP/");
}

bool has_long_key(std::string_view line) {
  while (true) {
    const auto word = memcache::next_word(line);
    if (word.empty()) return false;
    if (word.size() > key_limit) return true;
  }
}

}  // namespace

Found MemcacheDecoder::next(Bytes in, Command& command) {
  if (block_left_ > 0) return skip_block(in);
  if (state_ == State::keys) return next_key(in, command);
  if (state_ == State::rest_of_line) return skip_line(in);
  if (in.size() < wanted_) return {};
  const auto text = in.text();
  const auto end = text.find('\n', searched_);
  if (std::min(end, text.size()) > memcache::line_limit) return begin_long_line(in, command);
  if (end == std::string_view::npos) {
    searched_ = in.size();
    return {};
  }
  searched_ = end;  // to be found again at once, when the block has yet to come
  auto line = without_end(text.substr(0, end));
  line = line.substr(0, line.find('\0'));  // what follows is not seen, as in memcached
  return this->line(in, line, end + 1, command);
}

Found MemcacheDecoder::line(Bytes in, std::string_view line, std::size_t size, Command& command) {
  auto rest = line;
  const auto verb = memcache::verb_of(memcache::next_word(rest));
  if (memcache::is_retrieval(verb)) return retrieval(in, rest, size, verb, command);

  command.verb = verb;
  command.noreply = false;
  command.last = true;
  command.too_large = false;
  if (verb == Verb::error && is_http(line)) return broken(Errc::malformed_message, size);
  std::int32_t length = -1;
  const auto error = memcache::read_line(line, command, length);
  if (error.empty() && memcache::has_block(verb))
    return with_block(in, size, static_cast<std::uint64_t>(length), command);
  searched_ = 0;
  if (error.empty()) return {.what = Found::What::message, .size = size};
  if (verb == Verb::meta_set && length >= 0) block_left_ = static_cast<std::uint64_t>(length) + 2;
  return tell(error, size, command);
}

Found MemcacheDecoder::with_block(Bytes in, std::size_t line_size, std::uint64_t length, Command& command) {
  if (length > value_limit_) {
    searched_ = 0;
    block_left_ = length + 2;
    command.too_large = true;
    command.block = {};
    return {.what = Found::What::message, .size = line_size};
  }
  const auto block_size = static_cast<std::size_t>(length) + 2;
  wanted_ = line_size + block_size;
  if (in.size() < wanted_) return {};
  const auto size = std::exchange(wanted_, 0);
  searched_ = 0;
  command.block = in.without_first(line_size).first(block_size);
  if (command.block.text().ends_with("\r\n")) return {.what = Found::What::message, .size = size};
  if (command.verb == Verb::meta_set) command.noreply = false;
  return tell("CLIENT_ERROR bad data chunk", size, command);
}

Found MemcacheDecoder::retrieval(Bytes in, std::string_view rest, std::size_t size, Verb verb, Command& command) {
  searched_ = 0;
  command.noreply = false;
  command.last = true;
  verb_ = verb;
  has_key_ = true;
  if (rest.find_first_not_of(' ') == std::string_view::npos) return tell("ERROR", size, command);
  if (touches(verb)) {
    if (!memcache::read_exptime(memcache::next_word(rest), exptime_)) {
      return tell("CLIENT_ERROR invalid exptime argument", size, command);
    }
  }
  if (rest.size() > key_limit && has_long_key(rest)) return tell(bad_format, size, command);
  const auto before = static_cast<std::size_t>(rest.data() - in.text().data());
  auto found = next_key(in.without_first(before), command);
  found.size += before;
  return found;
}

// A line that is over the limit, or already is and has no end yet.
Found MemcacheDecoder::begin_long_line(Bytes in, Command& command) {
  auto rest = in.text().substr(0, memcache::line_limit);
  const auto verb = memcache::verb_of(memcache::next_word(rest));
  // A word that touches the limit may go on after it.
  if (!memcache::is_retrieval(verb) || rest.empty()) return broken(Errc::message_too_long, in.size());
  command.noreply = false;
  has_key_ = false;
  if (touches(verb)) {
    has_key_ = true;  // as memcached counts words
    if (!memcache::read_exptime(memcache::next_word(rest), exptime_) || rest.empty()) {
      state_ = State::rest_of_line;
      searched_ = 0;
      return tell("CLIENT_ERROR invalid exptime argument", 0, command);
    }
  }
  searched_ = 0;
  verb_ = verb;
  const auto before = static_cast<std::size_t>(rest.data() - in.text().data());
  state_ = State::keys;
  return {.size = before};
}

Found MemcacheDecoder::next_key(Bytes in, Command& command) {
  const auto text = in.text();
  std::size_t begin = 0;
  while (begin < text.size() && text[begin] == ' ') ++begin;
  auto end = std::max(begin, searched_);
  while (end < text.size() && text[end] != ' ' && text[end] != '\n' && text[end] != '\0') ++end;
  const bool cut_off = end == text.size();
  auto key = text.substr(begin, end - begin);
  if (!cut_off && text[end] == '\n' && key.ends_with('\r')) key.remove_suffix(1);
  if (key.size() > key_limit + (cut_off ? 1 : 0)) {
    searched_ = 0;
    state_ = State::rest_of_line;
    return tell(bad_format, begin, command);
  }
  if (cut_off) {
    state_ = State::keys;
    searched_ = end - begin;
    return {.size = begin};
  }
  searched_ = 0;
  const bool ended = text[end] != ' ';
  state_ = !ended ? State::keys : text[end] == '\n' ? State::command : State::rest_of_line;
  has_key_ = has_key_ || !key.empty();
  if (!has_key_) return tell("ERROR", end + 1, command);
  command.verb = verb_;
  command.key = key;
  command.exptime = exptime_;
  command.last = ended;
  return {.what = Found::What::message, .size = end + 1};
}

Found MemcacheDecoder::skip_block(Bytes in) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(block_left_, in.size()));
  block_left_ -= size;
  return {.size = size};
}

Found MemcacheDecoder::skip_line(Bytes in) {
  const auto end = in.text().find('\n');
  if (end == std::string_view::npos) return {.size = in.size()};
  state_ = State::command;
  return {.size = end + 1};
}

}  // namespace eddy
