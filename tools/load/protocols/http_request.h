// HttpRequest: a request of HTTP/1.1 (RFC 9112), put together from what the command line says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../stream_pattern.h"
#include "template.h"

namespace load {

// http://HOST[:PORT][/PATH][?QUERY], taken apart.
struct HttpUrl {
  std::string connect;  // tcp://HOST:PORT
  std::string host;     // HOST[:PORT], for the Host header
  Template path;        // with the query

  // Throws cli::UsageError.
  static HttpUrl parse(std::string_view text);
};

class HttpRequest {
 public:
  HttpRequest() = default;
  // `headers` are lines "Name: value"; one of them may be Host. An empty method is GET, or POST where there is a body.
  // Throws cli::UsageError.
  HttpRequest(const HttpUrl& url, std::string_view method, const std::vector<std::string>& headers,
              std::optional<Template> body);

  const std::string& method() const { return method_; }
  const std::vector<std::string>& headers() const { return headers_; }  // as given
  // Bytes of the body, its fields not filled in; unset without one.
  std::optional<std::size_t> body_size() const { return body_ ? std::optional(body_->source().size()) : std::nullopt; }

  // The whole request; empty when there are fields, so that each is another one.
  const std::string& constant() const { return constant_; }
  void append_to(std::string& out, std::size_t connection, std::uint64_t sequence, const StreamPattern& random) const;

 private:
  std::string method_;
  std::vector<std::string> headers_;
  Template path_;
  std::string head_;  // after the path, but for Content-Length and the empty line
  std::optional<Template> body_;
  bool counts_body_ = false;  // has Content-Length
  std::string constant_;
};

// TEXT, a template, or @FILE, the content of a file as it is. Throws std::invalid_argument with what was expected.
Template parse_body(std::string_view text);

}  // namespace load
