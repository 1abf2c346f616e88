// The time series in HdrHistogram's log format, for its tools: a line an interval, with the response times in its V2
// encoding. Our buckets are exactly its own at three significant digits, so that nothing is lost or rounded.
//
// The encoding is wrapped in zlib's format, which allows for pieces that are stored as they are: that is what is
// written. Runs of empty buckets are short already, and no compressor is needed to write the file, or to build this.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "interval.h"

namespace load {

std::string hdr_log(const std::vector<Interval>& series, std::chrono::system_clock::time_point started_at);

// The pieces of it.
std::string hdr_encoded(const SparseHistogram& histogram);  // V2, not wrapped
std::string zlib_stored(std::string_view data);
std::string base64(std::string_view data);

}  // namespace load
