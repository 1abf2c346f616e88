#include "run_report.h"

#include <apps/cli/program.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <fstream>
#include <string_view>
#include <utility>

#include "../histogram.h"

namespace load {
namespace {

[[noreturn]] void expected(const std::string& name, std::string_view what) {
  throw cli::UsageError(fmt::format("{}: expected {}", name, what));
}

std::uint64_t whole(const std::string& name, const Json& json, std::string_view field) {
  const bool fits = json.is_number_unsigned() || (json.is_number_integer() && json.get<std::int64_t>() >= 0);
  if (!fits) expected(name, fmt::format("a whole number for {}", field));
  return json.get<std::uint64_t>();
}

eddy::Duration time_of(const std::string& name, const Json& json, std::string_view field) {
  const auto seconds = json.is_number() ? json.get<double>() : -1;
  if (!(seconds >= 0 && seconds < 9e9)) expected(name, fmt::format("seconds for {}", field));
  return eddy::Duration(std::llround(seconds * 1e9));
}

SparseHistogram histogram_of(const std::string& name, const Json& json, const std::string& field) {
  const auto number = [&](const char* key) {
    return whole(name, json.is_object() && json.contains(key) ? json[key] : Json(nullptr), field + "'s " + key);
  };
  SparseHistogram histogram;
  histogram.count = number("count");
  histogram.sum_low = number("sum");
  histogram.sum_high = number("sum_high");
  histogram.min = number("min");
  histogram.max = number("max");
  if (!json.contains("buckets") || !json["buckets"].is_array()) expected(name, field + " with its buckets");
  std::uint64_t seen = 0;
  for (const auto& bucket : json["buckets"]) {
    if (!bucket.is_array() || bucket.size() != 2) expected(name, "buckets of [upper end, count] in " + field);
    const SparseHistogram::Bucket next{whole(name, bucket[0], field + "'s upper ends"),
                                       whole(name, bucket[1], field + "'s counts")};
    const bool ascends = histogram.buckets.empty() || histogram.buckets.back().upper_end < next.upper_end;
    if (!ascends || next.count == 0 || !Histogram::is_upper_end(next.upper_end)) {
      expected(name, fmt::format("eddy-load's buckets in {}, ascending and not empty; [{}, {}] is none", field,
                                 next.upper_end, next.count));
    }
    seen += next.count;
    histogram.buckets.push_back(next);
  }
  if (seen != histogram.count) expected(name, fmt::format("as many values in {}'s buckets as its count says", field));
  return histogram;
}

Interval interval_of(const std::string& name, const Json& json) {
  const auto field = [&](const char* key) -> const Json& {
    if (!json.is_object() || !json.contains(key)) expected(name, fmt::format("{} in every interval of series", key));
    return json[key];
  };
  if (!field("lost").is_number_integer()) expected(name, "a whole number for series' lost");
  return {.start = time_of(name, field("start_s"), "series' start_s"),
          .length = time_of(name, field("length_s"), "series' length_s"),
          .sent = whole(name, field("sent"), "series' sent"),
          .lost = field("lost").get<std::int64_t>(),
          .errors = whole(name, field("errors"), "series' errors"),
          .response = histogram_of(name, field("response_ns"), "series' response_ns"),
          .send_lag_max = eddy::Duration(
              static_cast<eddy::Duration::rep>(whole(name, field("send_lag_max_ns"), "series' send_lag_max_ns")))};
}

std::uint64_t sum_of(const Json& counts) {
  std::uint64_t sum = 0;
  for (const auto& each : counts) {
    const auto& number = each.is_object() && each.contains("count") ? each["count"] : each;
    if (number.is_number_unsigned()) sum += number.get<std::uint64_t>();
  }
  return sum;
}

}  // namespace

const Json& RunReport::at(const std::string& pointer) const {
  const Json::json_pointer where(pointer);
  if (!json.contains(where)) expected(name, fmt::format("a report of eddy-load with {}", pointer.substr(1)));
  return json.at(where);
}

double RunReport::number(const std::string& pointer) const {
  const auto& value = at(pointer);
  if (!value.is_number()) expected(name, fmt::format("a number for {}", pointer.substr(1)));
  return value.get<double>();
}

std::uint64_t RunReport::count(const std::string& pointer) const { return whole(name, at(pointer), pointer.substr(1)); }

std::string RunReport::limited() const {
  const Json::json_pointer why("/verdict/why");
  return json.contains(why) && json.at(why).is_string() ? json.at(why).get<std::string>() : "";
}

std::uint64_t RunReport::all_errors() const {
  return count("/messages/lost") + count("/messages/unsent") + sum_of(at("/errors")) +
         sum_of(at("/connections/failures")) + count("/corrupt/count") + count("/surplus_connections") +
         sum_of(at("/wrong"));
}

RunReport run_report(std::string name, Json json) {
  RunReport report{.name = std::move(name), .json = std::move(json)};
  if (!report.json.is_object()) expected(report.name, "a report of eddy-load, a JSON object");
  if (report.at("/tool") != "eddy-load" || report.at("/schema") != json_schema) {
    expected(report.name, fmt::format("a report of eddy-load, schema {}", json_schema));
  }
  if (report.at("/protocol") == "chat") expected(report.name, "a run of requests and answers, not of chat");
  if (!report.json.contains("response_ns")) {
    expected(report.name, "a run that measured something; this one did not: " +
                              (report.json.contains("problems") ? report.json["problems"].dump() : "it says not why"));
  }
  report.response = histogram_of(report.name, report.at("/response_ns"), "response_ns");
  report.service = histogram_of(report.name, report.at("/service_ns"), "service_ns");
  if (!report.at("/send_lag_ns").is_null()) {
    report.send_lag = histogram_of(report.name, report.at("/send_lag_ns"), "send_lag_ns");
  }
  if (!report.at("/series").is_array()) expected(report.name, "an array of intervals for series");
  for (const auto& each : report.at("/series")) report.series.push_back(interval_of(report.name, each));
  return report;
}

RunReport read_run_report(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) expected(path, "a file that can be read");
  auto json = Json::parse(file, nullptr, false);
  if (json.is_discarded()) expected(path, "a report of eddy-load, which is JSON");
  return run_report(path, std::move(json));
}

}  // namespace load
