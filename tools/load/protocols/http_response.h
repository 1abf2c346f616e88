// HttpResponse: reads the answers of an HTTP/1.1 server (RFC 9112), one after the other. Looks at each byte of a head
// about once and at none of a body, keeps no byte, and needs none of `in` to stay where it is.
#pragma once

#include <reactor/bytes.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace load {

class HttpResponse {
 public:
  // Answers to HEAD have no body, whatever they say.
  explicit HttpResponse(bool to_head) : to_head_(to_head) {}

  struct Part {
    enum class What : std::uint8_t {
      nothing,  // more bytes are needed
      body,     // a piece of the body, `content`, which lies in `in`
      end,      // of this answer
      broken,   // error() says why; nothing after it can be read
    };
    What what = What::nothing;
    std::size_t consumed = 0;  // of `in`, which the next call is not to have again
    eddy::Bytes content = {};
  };
  Part next(eddy::Bytes in);

  // Of the answer that is being read, or ended: good from its first `body` or `end` on.
  int status() const { return status_; }
  bool last() const { return last_; }  // the server closes the connection after it
  std::string_view error() const { return error_; }

  // Bytes of a line, and of a whole head or trailer.
  static constexpr std::size_t longest_line = 16 * 1024;
  static constexpr std::size_t longest_head = 128 * 1024;
  static constexpr std::size_t longest_chunk_line = 4096;

 private:
  enum class State : std::uint8_t { status_line, header, body, chunk_line, chunk, chunk_end, trailer, ended };

  void begin();
  Part content(eddy::Bytes in, std::size_t consumed);
  bool line(std::string_view line);
  bool status_line(std::string_view line);
  bool header(std::string_view line);
  bool head_ended();
  bool content_length(std::string_view value);
  void connection(std::string_view value);
  bool chunk_line(std::string_view line);
  bool broken(std::string_view why);

  bool to_head_;
  State state_ = State::status_line;
  std::size_t searched_ = 0;   // bytes at the front of `in` that have no LF
  std::size_t head_size_ = 0;  // of the lines so far
  std::uint64_t left_ = 0;     // of the body, or of this chunk
  std::optional<std::uint64_t> length_;
  enum class Coding : std::uint8_t { none, chunked, other } coding_ = Coding::none;
  int status_ = 0;
  bool last_ = false;
  bool closing_ = false;  // said so
  std::string_view error_;
};

}  // namespace load
