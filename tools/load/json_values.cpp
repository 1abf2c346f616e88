#include "json_values.h"

namespace load {

Json json_of(const Histogram& histogram) {
  return {{"count", histogram.count()},
          {"min", histogram.min().count()},
          {"mean", histogram.mean().count()},
          {"p50", histogram.percentile(50).count()},
          {"p90", histogram.percentile(90).count()},
          {"p99", histogram.percentile(99).count()},
          {"p99.9", histogram.percentile(99.9).count()},
          {"p99.99", histogram.percentile(99.99).count()},
          {"max", histogram.max().count()}};
}

Json json_of(const Corruption& each) {
  return {{"connection", each.connection},
          {"sequence", or_null(each.sequence)},
          {"offset", each.offset},
          {"expected", or_null(each.expected)},
          {"got", or_null(each.got)}};
}

std::string text_of(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace load
