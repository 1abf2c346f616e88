#include "http_options.h"

#include <apps/cli/program.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace load {

bool HttpOptions::expects(int status) const {
  if (expect_status.empty()) return status >= 200 && status < 400;
  return std::find(expect_status.begin(), expect_status.end(), status) != expect_status.end();
}

std::string HttpOptions::expected_statuses() const {
  return expect_status.empty() ? "200 to 399" : fmt::format("{}", fmt::join(expect_status, " or "));
}

std::vector<int> parse_statuses(std::string_view text) {
  std::vector<int> statuses;
  while (true) {
    const auto each = text.substr(0, text.find(','));
    int status = 0;
    const auto* end = each.data() + each.size();
    const auto [stop, error] = std::from_chars(each.data(), end, status);
    if (error != std::errc() || stop != end || status < 200 || status > 599) {
      throw std::invalid_argument("expected codes from 200 to 599, such as 200 or 200,404");
    }
    statuses.push_back(status);
    if (each.size() == text.size()) return statuses;
    text.remove_prefix(each.size() + 1);
  }
}

void check(const HttpOptions& options) {
  if (options.verify_body && options.request.method() == "HEAD") {
    throw cli::UsageError("--verify-body: expected another method than HEAD, which is answered without a body");
  }
}

}  // namespace load
