// What `eddy-load http` asks and expects.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http_request.h"
#include "template.h"

namespace load {

struct HttpOptions {
  std::string url;  // as typed; Settings::url is where to connect to
  HttpRequest request;
  std::vector<int> expect_status = {};  // empty: 200 to 399
  std::optional<Template> verify_body = {};

  bool expects(int status) const;
  std::string expected_statuses() const;  // "200 to 399", or "200 or 404"
};

// "200" or "200,204,404". Throws std::invalid_argument with what was expected.
std::vector<int> parse_statuses(std::string_view text);

// Throws cli::UsageError.
void check(const HttpOptions& options);

}  // namespace load
