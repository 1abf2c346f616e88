#include "http_response.h"

#include <algorithm>
#include <charconv>

#include "http_text.h"

namespace load {

void HttpResponse::begin() {
  state_ = State::status_line;
  head_size_ = 0;
  length_.reset();
  coding_ = Coding::none;
  last_ = closing_ = false;
}

HttpResponse::Part HttpResponse::next(eddy::Bytes in) {
  if (state_ == State::ended) begin();
  std::size_t consumed = 0;
  while (true) {
    if (state_ == State::body || state_ == State::chunk) {
      if (left_ > 0) return content(in, consumed);
      state_ = state_ == State::body ? State::ended : State::chunk_end;
    }
    if (state_ == State::ended) return {Part::What::end, consumed};

    const auto text = in.without_first(consumed).text();
    const auto lf = text.find('\n', searched_);
    const auto size = lf == std::string_view::npos ? text.size() : lf + 1;
    if (size > (state_ == State::chunk_line ? longest_chunk_line : longest_line)) {
      broken(state_ == State::chunk_line ? "chunk's line that is too long" : "line of a head that is too long");
      return {Part::What::broken, consumed};
    }
    if (lf == std::string_view::npos) {
      searched_ = size;
      return {Part::What::nothing, consumed};
    }
    searched_ = 0;
    consumed += size;
    auto whole = text.substr(0, lf);
    if (whole.ends_with('\r')) whole.remove_suffix(1);
    if (!line(whole)) return {Part::What::broken, consumed};
  }
}

HttpResponse::Part HttpResponse::content(eddy::Bytes in, std::size_t consumed) {
  const auto rest = in.without_first(consumed);
  const auto piece = rest.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size())));
  if (piece.empty()) return {Part::What::nothing, consumed};
  left_ -= piece.size();
  return {Part::What::body, consumed + piece.size(), piece};
}

bool HttpResponse::line(std::string_view line) {
  switch (state_) {
    case State::status_line: return status_line(line);
    case State::header: return line.empty() ? head_ended() : header(line);
    case State::chunk_line: return chunk_line(line);
    case State::chunk_end: state_ = State::chunk_line; return line.empty() || broken("chunk longer than it says");
    case State::trailer:
      head_size_ += line.size();
      if (line.empty()) state_ = State::ended;
      return head_size_ <= longest_head || broken("trailer that is too long");
    case State::body:
    case State::chunk:
    case State::ended: break;
  }
  return false;
}

// "HTTP/1.1 200 OK"; the reason may be missing.
bool HttpResponse::status_line(std::string_view line) {
  const bool http =
      line.size() >= 12 && line.starts_with("HTTP/1.") && line[8] == ' ' && (line.size() == 12 || line[12] == ' ');
  const auto* digits = line.data() + 9;
  if (!http || std::from_chars(digits, digits + 3, status_).ptr != digits + 3 || status_ < 100 || status_ > 599) {
    return broken("answer that is not HTTP/1.1");
  }
  last_ = line[7] == '0';
  state_ = State::header;
  return true;
}

bool HttpResponse::header(std::string_view line) {
  head_size_ += line.size();
  if (head_size_ > longest_head) return broken("head that is too long");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return broken("header without a colon");
  const auto name = line.substr(0, colon);
  // By length first: most are none of these.
  if (name.size() == 14 && same_but_case(name, "Content-Length"))
    return content_length(trimmed(line.substr(colon + 1)));
  if (name.size() == 10 && same_but_case(name, "Connection")) connection(line.substr(colon + 1));
  if (name.size() == 17 && same_but_case(name, "Transfer-Encoding")) {
    const auto codings = line.substr(colon + 1);
    const auto final_one = trimmed(codings.substr(codings.rfind(',') + 1));  // all of it without a comma
    coding_ = same_but_case(final_one, "chunked") ? Coding::chunked : Coding::other;
  }
  return true;
}

bool HttpResponse::content_length(std::string_view value) {
  std::uint64_t length = 0;
  const auto* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, length);
  if (error != std::errc() || stop != end || (length_ && *length_ != length)) {
    return broken("Content-Length that cannot be understood");
  }
  length_ = length;
  return true;
}

void HttpResponse::connection(std::string_view value) {
  while (!value.empty()) {
    const auto each = value.substr(0, value.find(','));
    value.remove_prefix(std::min(each.size() + 1, value.size()));
    if (same_but_case(trimmed(each), "close")) last_ = closing_ = true;
    // RFC 9112, 9.3: close wins.
    if (same_but_case(trimmed(each), "keep-alive") && !closing_) last_ = false;
  }
}

// RFC 9112, 6.3.
bool HttpResponse::head_ended() {
  if (status_ == 101) return broken("101, though no other protocol was asked for");
  if (status_ < 200) {
    begin();
  } else if (to_head_ || status_ == 204 || status_ == 304) {
    state_ = State::ended;
  } else if (coding_ == Coding::chunked) {
    state_ = State::chunk_line;
    head_size_ = 0;
  } else if (coding_ == Coding::none && length_) {
    left_ = *length_;
    state_ = State::body;
  } else {
    return broken("answer whose end is the connection's: neither Content-Length nor chunked");
  }
  return true;
}

bool HttpResponse::chunk_line(std::string_view line) {
  const auto size = trimmed(line.substr(0, line.find(';')));
  const auto* end = size.data() + size.size();
  const auto [stop, error] = std::from_chars(size.data(), end, left_, 16);
  if (error != std::errc() || stop != end) return broken("chunk whose size cannot be read");
  state_ = left_ > 0 ? State::chunk : State::trailer;
  return true;
}

bool HttpResponse::broken(std::string_view why) {
  error_ = why;
  return false;
}

}  // namespace load
