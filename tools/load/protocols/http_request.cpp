#include "http_request.h"

#include <apps/cli/program.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <stdexcept>

#include "http_text.h"

namespace load {
namespace {

bool is_control_or_space(char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }
bool is_header_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

bool is_token(std::string_view text) {  // RFC 9110, 5.6.2
  static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           marks.find(c) != std::string_view::npos;
  });
}

[[noreturn]] void bad_url(std::string_view text, std::string_view expected) {
  throw cli::UsageError(fmt::format("{}: expected {}", text, expected));
}

// "Name: value" -> "Name".
std::string_view header_name(const std::string& header) {
  const auto colon = header.find(':');
  const auto name = std::string_view(header).substr(0, colon);
  if (colon == std::string::npos || !is_token(name) || std::any_of(header.begin(), header.end(), is_header_control)) {
    throw cli::UsageError(fmt::format("--header {}: expected 'Name: value'", header));
  }
  if (same_but_case(name, "Content-Length") || same_but_case(name, "Transfer-Encoding")) {
    throw cli::UsageError(fmt::format("--header {}: expected without it; the length of --body is sent", header));
  }
  return name;
}

}  // namespace

HttpUrl HttpUrl::parse(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  if (text.starts_with("https://")) bad_url(text, "http://; eddy-load does not speak TLS");
  if (!text.starts_with(scheme)) bad_url(text, "http://HOST[:PORT][/PATH]");
  const auto rest = text.substr(scheme.size());
  const auto host_end = std::min(rest.find_first_of("/?#"), rest.size());
  const auto host = rest.substr(0, host_end);
  auto path = std::string(rest.substr(host_end));
  if (host.empty()) bad_url(text, "a host after http://");
  if (host.find('@') != std::string_view::npos) bad_url(text, "no user name; give --header 'Authorization: ...'");
  if (path.find('#') != std::string::npos) bad_url(text, "no #fragment, which is not sent");
  if (!path.starts_with('/')) path.insert(0, 1, '/');

  HttpUrl url;
  const auto after_address = host.starts_with('[') ? std::min(host.find(']'), host.size()) : 0;
  const bool has_port = host.find(':', after_address) != std::string_view::npos;
  url.host = host;
  url.connect = fmt::format("tcp://{}{}", host, has_port ? "" : ":80");
  try {
    url.path = Template(path);
  } catch (const std::invalid_argument& error) {
    throw cli::UsageError(fmt::format("{}: in the path {}: {}", text, path, error.what()));
  }
  if (url.path.find(is_control_or_space)) bad_url(text, "a path without spaces; write %20");
  return url;
}

HttpRequest::HttpRequest(const HttpUrl& url, std::string_view method, const std::vector<std::string>& headers,
                         std::optional<Template> body)
    : method_(!method.empty() ? method
              : body          ? "POST"
                              : "GET"),
      headers_(headers),
      path_(url.path),
      body_(std::move(body)) {
  if (!is_token(method_) || method_ == "CONNECT") {
    throw cli::UsageError(fmt::format("--method {}: expected GET, POST or another method than CONNECT", method_));
  }
  counts_body_ = body_ || method_ == "POST" || method_ == "PUT" || method_ == "PATCH";
  bool has_host = false;
  bool has_agent = false;
  std::string given;
  for (const auto& header : headers) {
    const auto name = header_name(header);
    has_host = has_host || same_but_case(name, "Host");
    has_agent = has_agent || same_but_case(name, "User-Agent");
    given += header + "\r\n";
  }
  head_ = " HTTP/1.1\r\n";
  if (!has_host) head_ += "Host: " + url.host + "\r\n";
  if (!has_agent) head_ += "User-Agent: eddy-load\r\n";
  head_ += given;
  if (path_.constant() && (!body_ || body_->constant())) append_to(constant_, 0, 0, StreamPattern(0, 0));
}

void HttpRequest::append_to(std::string& out, std::size_t connection, std::uint64_t sequence,
                            const StreamPattern& random) const {
  out += method_;
  out += ' ';
  path_.append_to(out, connection, sequence, random);
  out += head_;
  std::string body;
  if (body_) body_->append_to(body, connection, sequence, random);
  if (counts_body_) out += fmt::format("Content-Length: {}\r\n", body.size());
  out += "\r\n";
  out += body;
}

Template parse_body(std::string_view text) {
  if (!text.starts_with('@')) return Template(text);
  std::ifstream file(std::string(text.substr(1)), std::ios::binary);
  std::string content;
  std::array<char, 4096> piece{};
  while (file.read(piece.data(), piece.size()) || file.gcount() > 0) {
    content.append(piece.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (!file.eof()) throw std::invalid_argument("expected a file that can be read after @");
  return Template::literal(content);
}

}  // namespace load
