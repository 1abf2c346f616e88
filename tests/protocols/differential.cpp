#include "differential.h"

#include <protocols/delimited.h>
#include <protocols/frames.h>
#include <protocols/irc.h>
#include <protocols/lines.h>

#include <algorithm>
#include <string>

#include "memcache_text.h"
#include "pieces.h"

namespace eddy::test {
namespace {

// Takes numbers from the front of the data; zeros when it is used up.
class Choices {
 public:
  explicit Choices(std::string_view data) : data_(data) {}
  std::size_t next() {
    if (data_.empty()) return 0;
    const auto value = static_cast<unsigned char>(data_.front());
    data_.remove_prefix(1);
    return value;
  }
  std::string_view text(std::size_t size) {
    const auto taken = data_.substr(0, size);
    data_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view rest() const { return data_; }

 private:
  std::string_view data_;
};

template <class Decoder>
Decoded in_pieces(const Decoder& decoder, std::string_view text, std::size_t seed) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    seed = seed * 1103515245 + 12345;
    const auto size = std::min(text.size(), seed / 65536 % (seed % 3 == 0 ? 40 : 4) + 1);
    pieces.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return decode_pieces(decoder, pieces);
}

// Messages that end with a delimiter, found by looking for it in the whole.
Decoded reference_delimited(std::string_view text, std::string_view delimiter, std::size_t limit, TooLong too_long,
                            bool drop_cr) {
  Decoded result;
  while (true) {
    const auto end = text.find(delimiter);
    const bool ended = end != std::string_view::npos;
    auto message = text.substr(0, end);
    if (!ended) {
      // What may be the beginning of the end does not count.
      for (auto size = std::min(delimiter.size() - 1, message.size()); size > 0; --size) {
        if (message.ends_with(delimiter.substr(0, size))) {
          message.remove_suffix(size);
          break;
        }
      }
    }
    if (drop_cr && message.ends_with('\r')) message.remove_suffix(1);
    if (message.size() > limit) {
      if (too_long == TooLong::close) {
        result.error = Errc::message_too_long;
        return result;
      }
      result.messages.push_back(too_long_mark);
    } else if (ended) {
      result.messages.emplace_back(message);
    }
    if (!ended) return result;
    text.remove_prefix(end + delimiter.size());
  }
}

// Lines of IRC messages, each with the limits for its two parts.
Decoded reference_irc(std::string_view text, const IrcOptions& options) {
  Decoded result;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (end == std::string_view::npos) {
      if (line.size() + 2 > options.tags_limit + options.limit) result.messages.push_back(too_long_mark);
      break;
    }
    const auto tags = line.starts_with('@') ? std::min(line.find(' '), line.size() - 1) + 1 : 0;
    if (tags > options.tags_limit || line.size() - tags + 2 > options.limit) {
      result.messages.push_back(too_long_mark);
    } else if (line.find_first_not_of(' ') != std::string_view::npos) {
      result.messages.emplace_back(line);
    }
  }
  return result;
}

// What a message is read as, written again, is read as the same.
bool reads_the_same_again(std::string_view line) {
  const auto message = IrcMessage::parse(line);
  // After empty tags or an empty source, which are not written, such a command would be taken for either.
  if (!message || message->command().starts_with('@') || message->command().starts_with(':')) return true;
  std::string again;
  if (!message->tags().empty()) again.append("@").append(message->tags()).append(" ");
  if (!message->source().empty()) again.append(":").append(message->source()).append(" ");
  again += message->command();
  for (std::size_t i = 0; i < message->params().size(); ++i) {
    again.append(i + 1 == message->params().size() ? " :" : " ").append(message->param(i));
  }
  const auto second = IrcMessage::parse(again);
  return second && second->tags() == message->tags() && second->source() == message->source() &&
         second->command() == message->command() &&
         std::equal(second->params().begin(), second->params().end(), message->params().begin(),
                    message->params().end());
}

}  // namespace

bool lines_agree(std::string_view data) {
  Choices choices(data);
  const LinesOptions options{.limit = choices.next() % 40,
                             .too_long = choices.next() % 2 == 0 ? TooLong::close : TooLong::skip};
  const auto seed = choices.next();
  return in_pieces(LineDecoder(options), choices.rest(), seed) ==
         reference_delimited(choices.rest(), "\n", options.limit, options.too_long, true);
}

bool delimited_agrees(std::string_view data) {
  Choices choices(data);
  const DelimitedOptions options{.limit = choices.next() % 40,
                                 .too_long = choices.next() % 2 == 0 ? TooLong::close : TooLong::skip};
  const auto seed = choices.next();
  const auto size = choices.next() % 6 + 1;
  const auto delimiter = choices.text(size);
  if (delimiter.empty()) return true;
  return in_pieces(DelimitedDecoder(Delimiter(delimiter), options), choices.rest(), seed) ==
         reference_delimited(choices.rest(), delimiter, options.limit, options.too_long, false);
}

bool frames_agree(std::string_view data) {
  Choices choices(data);
  const FramesOptions options{.prefix = static_cast<Prefix>(choices.next() % 8), .limit = choices.next()};
  const auto seed = choices.next();
  const auto text = choices.rest();
  const auto decoded = in_pieces(FrameDecoder(options), text, seed);
  // Encoding what was decoded gives the input back, up to its rest; padded varints alone are longer than need be.
  std::string again;
  for (const auto& message : decoded.messages) {
    if (message.size() > options.limit) return false;
    again.append(EncodedPrefix(options.prefix, message.size()).bytes().text()).append(message);
  }
  if (options.prefix == Prefix::varint) return again.size() <= text.size();
  return text.starts_with(again) && (decoded.error || again.size() + decoded.left == text.size());
}

bool irc_agrees(std::string_view data) {
  Choices choices(data);
  const IrcOptions options{.limit = choices.next() % 40 + 2, .tags_limit = choices.next() % 40};
  const auto seed = choices.next();
  const auto decoded = in_pieces(IrcDecoder(options), choices.rest(), seed);
  return decoded == reference_irc(choices.rest(), options) &&
         std::all_of(decoded.messages.begin(), decoded.messages.end(), reads_the_same_again);
}

// The commands are the same in pieces as in one, and their parts keep to their limits.
bool memcache_agrees(std::string_view data) {
  Choices choices(data);
  const MemcacheOptions options{.value_limit = choices.next() % 40};
  const auto seed = choices.next();
  const auto text = choices.rest();
  if (in_pieces(MemcacheTextDecoder(options), text, seed) != decode(MemcacheTextDecoder(options), text)) return false;

  MemcacheDecoder decoder(options);
  memcache::Command command;
  for (auto in = Bytes(text); !in.empty();) {
    const auto found = decoder.next(in, command);
    if (found.size > in.size()) return false;
    in = in.without_first(found.size);
    if (found.what == Found::What::broken || (found.what == Found::What::nothing && found.size == 0)) break;
    if (found.what != Found::What::message) continue;
    if (memcache::has_key(command.verb) && command.key.size() > memcache::key_limit) return false;
    const bool has_block = command.verb >= memcache::Verb::set && command.verb <= memcache::Verb::meta_set;
    if (!has_block || command.too_large) continue;
    if (command.value().size() > options.value_limit || !command.block.text().ends_with("\r\n")) return false;
  }
  return true;
}

}  // namespace eddy::test
