// Feeds a decoder as a connection does: what it leaves is offered again in front of what arrives next.
#pragma once

#include <protocols/found.h>
#include <reactor/bytes.h>

#include <string>
#include <string_view>
#include <vector>

namespace eddy::test {

// What came out: messages, "<too long>", and at most one error at the end.
struct Decoded {
  std::vector<std::string> messages;
  std::error_code error;
  std::size_t left = 0;     // bytes that it left unconsumed
  std::size_t offered = 0;  // bytes that next() was given in all, over all calls

  friend bool operator==(const Decoded& a, const Decoded& b) { return a.messages == b.messages && a.error == b.error; }
};

inline const std::string too_long_mark = "<too long>";

template <class Decoder>
class Feeder {
 public:
  explicit Feeder(Decoder decoder) : decoder_(std::move(decoder)) {}

  void feed(std::string_view piece) {
    if (result_.error) return;
    kept_ += piece;
    std::size_t consumed = 0;
    while (true) {
      const auto in = Bytes(kept_).without_first(consumed);
      result_.offered += in.size();
      const auto found = decoder_.next(in);
      consumed += found.size;
      if (found.what == Found::What::message) result_.messages.emplace_back(found.content.text());
      if (found.what == Found::What::too_long) result_.messages.push_back(too_long_mark);
      if (found.what == Found::What::broken) result_.error = found.error;
      if ((found.what == Found::What::nothing && found.size == 0) || result_.error) break;
    }
    kept_.erase(0, consumed);
    result_.left = kept_.size();
  }
  const Decoded& result() const { return result_; }

 private:
  Decoder decoder_;
  std::string kept_;
  Decoded result_;
};

template <class Decoder>
Decoded decode_pieces(const Decoder& decoder, const std::vector<std::string_view>& pieces) {
  Feeder feeder(decoder);
  for (const auto piece : pieces) feeder.feed(piece);
  return feeder.result();
}

template <class Decoder>
Decoded decode(const Decoder& decoder, std::string_view text) {
  return decode_pieces(decoder, {text});
}

template <class Decoder>
Decoded decode_bytewise(const Decoder& decoder, std::string_view text) {
  std::vector<std::string_view> pieces;
  pieces.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) pieces.push_back(text.substr(i, 1));
  return decode_pieces(decoder, pieces);
}

// Checks that every way of cutting `text` into two and into three gives the same as the whole.
template <class Decoder>
bool every_split_gives_the_same(const Decoder& decoder, std::string_view text) {
  const auto whole = decode(decoder, text);
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (decode_pieces(decoder, {text.substr(0, i), text.substr(i)}) != whole) return false;
    for (std::size_t j = i; j <= text.size(); ++j) {
      if (decode_pieces(decoder, {text.substr(0, i), text.substr(i, j - i), text.substr(j)}) != whole) return false;
    }
  }
  return decode_bytewise(decoder, text) == whole;
}

}  // namespace eddy::test
