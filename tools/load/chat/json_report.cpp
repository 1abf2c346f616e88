#include "json_report.h"

#include "../json_values.h"
#include "../text.h"

namespace load::chat {
namespace {

Json chat_settings(const Settings& settings) {
  return {{"url", settings.url},
          {"model", settings.rate ? "open" : "closed"},
          {"receivers", settings.receivers},
          {"size", settings.size},
          {"rate", or_null(settings.rate)},
          {"duration_s", in_seconds(settings.duration)},
          {"channel", settings.channel},
          {"nick_prefix", settings.nick_prefix},
          {"joining", settings.joining},
          {"ramp", or_null(settings.ramp)},
          {"join_timeout_s", in_seconds(settings.join_timeout)},
          {"timeout_s", in_seconds(settings.timeout)},
          {"grace_s", in_seconds(settings.grace)},
          {"connect_timeout_s", in_seconds(settings.connect_timeout)},
          {"seed", settings.seed}};
}

}  // namespace

std::string json_failure(const Settings& settings, const std::string& why) {
  const Json json{{"schema", json_schema}, {"tool", "eddy-load"}, {"protocol", "chat"},
                  {"ok", false},           {"problems", {why}},   {"settings", chat_settings(settings)}};
  return text_of(json);
}

std::string json_report(const Settings& settings, const Results& results) {
  const auto found = problems(results);
  const auto time = in_seconds(results.elapsed);
  const auto per_second = [time](std::uint64_t count) { return time > 0 ? static_cast<double>(count) / time : 0; };
  Json json{{"schema", json_schema},
            {"tool", "eddy-load"},
            {"protocol", "chat"},
            {"ok", found.empty()},
            {"problems", found},
            {"interrupted", results.interrupted},
            {"settings", chat_settings(settings)},
            {"driver", results.driver},
            {"join_s", in_seconds(results.join_time)},
            {"began_s", in_seconds(results.began.time_since_epoch())},
            {"elapsed_s", time},
            {"receivers", {{"joined", results.joined}, {"failures", results.not_joined}}},
            {"messages", {{"sent", results.sent}, {"unsent", results.unsent}, {"held_back", results.held_back}}},
            {"deliveries",
             {{"expected", results.expected},
              {"done", results.done},
              {"lost", results.lost},
              {"wrong", results.wrong},
              {"duplicated", results.duplicated},
              {"reordered", results.reordered}}},
            {"throughput",
             {{"messages_per_s", per_second(results.sent)},
              {"deliveries_per_s", per_second(results.done)},
              {"bytes_out_per_s", per_second(results.bytes_out)},
              {"bytes_in_per_s", per_second(results.bytes_in)}}},
            {"bytes", {{"out", results.bytes_out}, {"in", results.bytes_in}}},
            {"delivery_ns", json_of(results.delivery)},
            {"complete_ns", json_of(results.complete)},
            {"send_lag_ns", settings.rate ? json_of(results.send_lag) : Json(nullptr)},
            {"foreign_lines", results.foreign},
            {"errors", results.errors},
            {"corrupt", {{"count", results.wrong}, {"first", Json::array()}}},
            {"cpu_s", {{"user", in_seconds(results.cpu.user)}, {"system", in_seconds(results.cpu.system)}}}};
  for (const auto& each : results.corruptions) json["corrupt"]["first"].push_back(json_of(each));
  return text_of(json);
}

}  // namespace load::chat
