#include "protocols/inner_stream.h"

namespace eddy {

void InnerStream::shorten(std::size_t first, std::size_t last) {
  if (rest_.empty()) return;
  if (first == last) {
    rest_ = {};
    return;
  }
  const auto begin = rest_.begin();
  rest_.erase(begin + static_cast<std::ptrdiff_t>(last), rest_.end());
  rest_.erase(begin, begin + static_cast<std::ptrdiff_t>(first));
}

}  // namespace eddy
