#include "json_values.h"

#include <cstddef>

namespace load {
namespace {

std::string on_one_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Objects are indented; an array has a line, or if it is one of objects, each of them: a time series and the buckets of
// histograms are long.
void write(const Json& json, std::size_t depth, std::string& text) {
  const auto line = [&](std::size_t indent) { text += "\n" + std::string(2 * indent, ' '); };
  const bool of_objects = json.is_array() && !json.empty() && json.front().is_object();
  if (json.empty() || !(json.is_object() || of_objects)) {
    text += on_one_line(json);
    return;
  }
  text += of_objects ? "[" : "{";
  const char* between = "";
  for (const auto& [key, value] : json.items()) {
    text += between;
    line(depth + 1);
    if (of_objects) {
      text += on_one_line(value);
    } else {
      text += on_one_line(key) + ": ";
      write(value, depth + 1, text);
    }
    between = ",";
  }
  line(depth);
  text += of_objects ? "]" : "}";
}

}  // namespace

Json json_of(const Histogram& histogram) { return json_of(histogram.sparse()); }

Json json_of(const SparseHistogram& histogram) {
  Json json{{"count", histogram.count},
            {"min", histogram.min},
            {"mean", histogram.mean().count()},
            {"p50", histogram.percentile(50).count()},
            {"p90", histogram.percentile(90).count()},
            {"p99", histogram.percentile(99).count()},
            {"p99.9", histogram.percentile(99.9).count()},
            {"p99.99", histogram.percentile(99.99).count()},
            {"max", histogram.max},
            {"sum", histogram.sum_low},
            {"sum_high", histogram.sum_high},
            {"buckets", Json::array()}};
  auto& buckets = json["buckets"];
  for (const auto& bucket : histogram.buckets) buckets.push_back(Json::array({bucket.upper_end, bucket.count}));
  return json;
}

Json json_of(const Corruption& each) {
  return {{"connection", each.connection},
          {"sequence", or_null(each.sequence)},
          {"offset", each.offset},
          {"expected", or_null(each.expected)},
          {"got", or_null(each.got)}};
}

std::string text_of(const Json& json) {
  std::string text;
  write(json, 0, text);
  return text + "\n";
}

}  // namespace load
