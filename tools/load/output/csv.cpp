#include "csv.h"

#include <fmt/format.h>

#include "../text.h"

namespace load {

std::string csv(const std::vector<Interval>& series) {
  std::string text =
      "start_s,length_s,sent,answered,lost,errors,answered_per_s,min_ns,p50_ns,p90_ns,p99_ns,p99.9_ns,max_ns,mean_ns,"
      "send_lag_max_ns\r\n";
  for (const auto& each : series) {
    const auto length = in_seconds(each.length);
    text += fmt::format("{:.9f},{:.9f},{},{},{},{},{:.3f},", in_seconds(each.start), length, each.sent, each.answered(),
                        each.lost, each.errors, length > 0 ? static_cast<double>(each.answered()) / length : 0);
    const auto& response = each.response;
    if (response.count == 0) {
      text += ",,,,,,,";
    } else {
      text += fmt::format("{},{},{},{},{},{},{},", response.min, response.percentile(50).count(),
                          response.percentile(90).count(), response.percentile(99).count(),
                          response.percentile(99.9).count(), response.max, response.mean().count());
    }
    text += fmt::format("{}\r\n", each.send_lag_max.count());
  }
  return text;
}

}  // namespace load
