#include "protocols/lines.h"

#include <algorithm>
#include <utility>

namespace eddy {

Found LineDecoder::next(Bytes in) {
  const auto text = in.text();
  const auto end = text.find('\n', searched_);
  if (end == std::string_view::npos) {
    if (skipping_) return {.size = in.size()};
    // A CR at the end may turn out to be half of the line's end.
    const auto length = in.size() - (text.ends_with('\r') ? 1 : 0);
    if (length > options_.limit) return over_limit(in.size(), false);
    searched_ = in.size();
    return {};
  }
  searched_ = 0;
  const auto size = end + 1;
  if (std::exchange(skipping_, false)) return {.size = size};
  auto line = in.first(end);
  if (line.text().ends_with('\r')) line = line.first(end - 1);
  if (line.size() > options_.limit) return over_limit(size, true);
  return {.what = Found::What::message, .size = size, .content = line};
}

Found LineDecoder::over_limit(std::size_t size, bool ended) {
  searched_ = 0;
  if (options_.too_long == TooLong::close) {
    return {.what = Found::What::broken, .size = size, .error = Errc::message_too_long};
  }
  skipping_ = !ended;
  return {.what = Found::What::too_long, .size = size};
}

}  // namespace eddy
