#include "interval_json.h"

#include "../text.h"

namespace load {

Json json_of(const std::vector<Interval>& series) {
  auto json = Json::array();
  for (const auto& each : series) {
    json.push_back({{"start_s", in_seconds(each.start)},
                    {"length_s", in_seconds(each.length)},
                    {"sent", each.sent},
                    {"answered", each.answered()},
                    {"lost", each.lost},
                    {"errors", each.errors},
                    {"send_lag_max_ns", each.send_lag_max.count()},
                    {"response_ns", json_of(each.response)}});
  }
  return json;
}

}  // namespace load
