#include "protocols/memcache_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <span>
#include <utility>

namespace eddy {
namespace {

using memcache::bad_format;
using memcache::Command;
using memcache::key_limit;
using memcache::Verb;

constexpr std::string_view bad_token = "CLIENT_ERROR bad token in command line format";

constexpr std::size_t most_words = 23;  // of a line that are looked at
constexpr std::size_t most_meta_words = 19;

struct Words {
  std::array<std::string_view, most_words> at;
  std::size_t count = 0;

  explicit Words(std::string_view line) {
    while (count < most_words) {
      const auto word = memcache::next_word(line);
      if (word.empty()) return;
      at[count++] = word;
    }
  }
  std::string_view operator[](std::size_t index) const { return at[index]; }
  bool noreply() const { return at[count - 1] == "noreply"; }
};

// A decimal number that fills the whole word; a plus sign is allowed, a minus sign where T has negative numbers.
template <class T>
bool read_number(std::string_view word, T& number) {
  if (word.size() > 1 && word[0] == '+' && word[1] != '-') word.remove_prefix(1);
  const auto* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, number);
  return error == std::errc() && stop == end;
}

// By verb.
constexpr std::string_view names[] = {"error",   "get",    "gets",      "gat",       "gats",    "set",    "add",
                                      "replace", "append", "prepend",   "cas",       "ms",      "delete", "incr",
                                      "decr",    "touch",  "flush_all", "verbosity", "version", "stats",  "shutdown",
                                      "quit",    "mg",     "md",        "ma",        "me",      "mn"};
static_assert(std::size(names) == static_cast<std::size_t>(Verb::meta_noop) + 1);

// What reading a line comes to: the command's fields are filled, or there is an error to tell.
using Error = std::string_view;
constexpr Error none{};

// set and its like: <key> <flags> <exptime> <length> [<cas unique>] [noreply]
Error read_storage(const Words& words, Command& command, std::int32_t& length) {
  const std::size_t least = command.verb == Verb::cas ? 6 : 5;
  if (words.count < least || words.count > least + 1) return "ERROR";
  command.noreply = words.noreply();
  command.key = words[1];
  if (command.key.size() > key_limit || !read_number(words[2], command.flags) ||
      !read_number(words[3], command.exptime) || !read_number(words[4], length) ||
      (command.verb == Verb::cas && !read_number(words[5], command.number)) || length < 0 ||
      length > std::numeric_limits<std::int32_t>::max() - 2) {
    return bad_format;
  }
  return none;
}

// <key> [0] [noreply]: the number is a time of old that has to be 0.
Error read_delete(const Words& words, Command& command) {
  if (words.count < 2 || words.count > 4) return "ERROR";
  command.noreply = words.count > 2 && words.noreply();
  const bool zero = words.count > 2 && words[2] == "0";
  const bool valid = words.count == 2 || (words.count == 3 && (zero || command.noreply)) ||
                     (words.count == 4 && zero && command.noreply);
  if (!valid) return "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]";
  command.key = words[1];
  return command.key.size() > key_limit ? bad_format : none;
}

// incr, decr, touch: <key> <number> [noreply]
Error read_key_and_number(const Words& words, Command& command) {
  if (words.count < 3 || words.count > 4) return "ERROR";
  command.noreply = words.noreply();
  command.key = words[1];
  if (command.key.size() > key_limit) return bad_format;
  if (command.verb == Verb::touch) {
    return read_number(words[2], command.exptime) ? none : Error("CLIENT_ERROR invalid exptime argument");
  }
  return read_number(words[2], command.number) ? none : Error("CLIENT_ERROR invalid numeric delta argument");
}

Error read_flush_all(const Words& words, Command& command) {
  if (words.count > 3) return "ERROR";
  command.noreply = words.noreply();
  command.exptime = 0;
  const bool has_delay = words.count > (command.noreply ? 2U : 1U);
  if (has_delay && !read_number(words[1], command.exptime)) return "CLIENT_ERROR invalid exptime argument";
  return none;
}

Error read_verbosity(const Words& words, Command& command) {
  if (words.count < 2 || words.count > 3) return "ERROR";
  command.noreply = words.noreply();
  std::uint32_t level = 0;
  if (!read_number(words[1], level)) return bad_format;
  command.number = level;
  return none;
}

// The last error counts, but for those that make the rest unreadable.
Error read_meta_flags(std::span<const std::string_view> flags, Command& command) {
  auto& meta = command.meta;
  std::array<bool, 128> seen{};
  Error error = none;
  for (const auto flag : flags) {
    const auto letter = static_cast<unsigned char>(flag[0]);
    if (letter >= 127 || std::exchange(seen[letter], true)) return "CLIENT_ERROR duplicate flag";
    const auto token = flag.substr(1);
    bool read = true;
    switch (letter) {
      case 'b':
        meta.base64_key = true;
        if (!memcache::is_base64(command.key)) error = "CLIENT_ERROR error decoding key";
        break;
      case 'N':
        meta.vivify = true;
        read = read_number(token, meta.vivify_exptime);
        break;
      case 'T':
        meta.has_exptime = true;
        read = read_number(token, command.exptime);
        break;
      case 'R':
        meta.has_recache = true;
        read = read_number(token, meta.recache);
        break;
      case 'C':
        meta.has_cas = true;
        read = read_number(token, command.number);
        break;
      case 'F':
        if (!read_number(token, command.flags) && error.empty()) error = bad_format;
        break;
      case 'M':
        if (token.size() != 1) {
          error = "CLIENT_ERROR incorrect length for M token";
        } else {
          meta.mode = token[0];
        }
        break;
      case 'J':
        if (!read_number(token, meta.initial)) error = "CLIENT_ERROR invalid numeric initial value";
        break;
      case 'D':
        if (!read_number(token, meta.delta)) error = "CLIENT_ERROR invalid numeric delta value";
        break;
      case 'v': meta.value = true; break;
      case 'u': meta.no_bump = true; break;
      case 'q': command.noreply = true; break;
      case 'I': meta.invalidate = true; break;
      case 'O':
      case 'P':
      case 'L':
      case 'k':
      case 's':
      case 't':
      case 'c':
      case 'f':
      case 'l':
      case 'h': break;
      default: return "CLIENT_ERROR invalid flag";
    }
    if (!read) error = bad_token;
  }
  return error;
}

bool has_long_opaque(std::span<const std::string_view> flags) {
  return std::any_of(flags.begin(), flags.end(), [](auto flag) { return flag[0] == 'O' && flag.size() > 32; });
}

constexpr Error long_opaque = "CLIENT_ERROR opaque token too long";

// mg, ms, md, ma. For ms `length` stays negative where the line does not say how much to skip.
Error read_meta(const Words& words, Command& command, std::int32_t& length) {
  if (words.count < 2) return "ERROR";
  command.key = words[1];
  if (command.key.size() > key_limit) return bad_format;
  const bool is_set = command.verb == Verb::meta_set;
  if (is_set && words.count == 2) return bad_format;
  if (words.count > most_meta_words) {
    return command.verb == Verb::meta_get ? "CLIENT_ERROR options flags are too long"
                                          : "CLIENT_ERROR options flags too long";
  }
  if (is_set) {
    std::int32_t said = 0;
    if (!read_number(words[2], said) || said < 0 || said > std::numeric_limits<std::int32_t>::max() - 2) {
      return bad_format;
    }
    length = said;
  }
  const std::size_t before = is_set ? 3 : 2;
  const std::span<const std::string_view> flags(words.at.data() + before, words.count - before);
  command.meta = {};
  command.flags = 0;
  command.exptime = 0;
  command.number = 0;
  command.arguments =
      flags.empty()
          ? std::string_view()
          : std::string_view(flags.front().data(), static_cast<std::size_t>(flags.back().data() + flags.back().size() -
                                                                            flags.front().data()));
  if (const auto error = read_meta_flags(flags, command); !error.empty()) {
    command.noreply = false;
    const bool vague = command.verb == Verb::meta_delete || command.verb == Verb::meta_arithmetic;
    return vague ? Error("CLIENT_ERROR invalid or duplicate flag") : error;
  }
  const auto mode = command.meta.mode;
  Error error = has_long_opaque(flags) ? long_opaque : none;
  if (mode != 0) {
    if (is_set && std::string_view("EAPRS").find(mode) == std::string_view::npos) {
      error = "CLIENT_ERROR invalid mode for ms M token";
    } else if (command.verb == Verb::meta_arithmetic && std::string_view("I+D-").find(mode) == std::string_view::npos) {
      error = "CLIENT_ERROR invalid mode for ma M token";
    }
  }
  if (!error.empty()) command.noreply = false;
  return error;
}

// me <key> [b]
Error read_meta_debug(const Words& words, Command& command) {
  if (words.count < 2 || words[1].size() > key_limit) return bad_format;
  command.key = words[1];
  command.meta.base64_key = words.count > 2 && words[2] == "b";
  return command.meta.base64_key && !memcache::is_base64(command.key) ? bad_format : none;
}

Error read_words(const Words& words, Command& command, std::int32_t& length) {
  switch (command.verb) {
    case Verb::set:
    case Verb::add:
    case Verb::replace:
    case Verb::append:
    case Verb::prepend:
    case Verb::cas: return read_storage(words, command, length);
    case Verb::remove: return read_delete(words, command);
    case Verb::incr:
    case Verb::decr:
    case Verb::touch: return read_key_and_number(words, command);
    case Verb::flush_all: return read_flush_all(words, command);
    case Verb::verbosity: return read_verbosity(words, command);
    case Verb::meta_get:
    case Verb::meta_set:
    case Verb::meta_delete:
    case Verb::meta_arithmetic: return read_meta(words, command, length);
    case Verb::meta_debug: return read_meta_debug(words, command);
    case Verb::stats:
    case Verb::version:
    case Verb::shutdown:
    case Verb::quit:
    case Verb::meta_noop: return none;
    default: return "ERROR";
  }
}

}  // namespace

Verb memcache::verb_of(std::string_view name) {
  if (name == "bget") return Verb::get;  // an old name, which memcached still takes
  // Those of one length, the frequent ones first.
  const auto among = [name](std::initializer_list<Verb> verbs) {
    for (const auto verb : verbs) {
      if (name == memcache::name_of(verb)) return verb;
    }
    return Verb::error;
  };
  switch (name.size()) {
    case 2:
      return among({Verb::meta_get, Verb::meta_set, Verb::meta_delete, Verb::meta_arithmetic, Verb::meta_noop,
                    Verb::meta_debug});
    case 3: return among({Verb::get, Verb::set, Verb::add, Verb::cas, Verb::gat});
    case 4: return among({Verb::gets, Verb::incr, Verb::decr, Verb::gats, Verb::quit});
    case 5: return among({Verb::touch, Verb::stats});
    case 6: return among({Verb::remove, Verb::append});
    case 7: return among({Verb::replace, Verb::prepend, Verb::version});
    case 8: return among({Verb::shutdown});
    case 9: return among({Verb::flush_all, Verb::verbosity});
    default: return Verb::error;
  }
}

std::string_view memcache::name_of(Verb verb) { return names[static_cast<std::size_t>(verb)]; }

bool memcache::has_key(Verb verb) {
  return (verb >= Verb::get && verb <= Verb::touch) || (verb >= Verb::meta_get && verb <= Verb::meta_debug);
}

std::string_view memcache::next_word(std::string_view& text) {
  const auto begin = std::min(text.find_first_not_of(' '), text.size());
  const auto end = std::min(text.find(' ', begin), text.size());
  const auto word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

bool memcache::read_exptime(std::string_view word, std::int32_t& exptime) { return read_number(word, exptime); }

std::string_view memcache::read_line(std::string_view line, Command& command, std::int32_t& length) {
  if (command.verb == Verb::stats) {
    command.arguments = line;
    next_word(command.arguments);
  }
  return read_words(Words(line), command, length);
}

}  // namespace eddy
