#include "json_report.h"

#include <chrono>

#include "output/interval_json.h"
#include "output/machine.h"
#include "output/version.h"
#include "protocols/protocol_report.h"
#include "self_verdict.h"
#include "text.h"

namespace load {
namespace {

Json seconds_or_null(const std::optional<eddy::Duration>& time) {
  return time ? Json(in_seconds(*time)) : Json(nullptr);
}

Json settings_of(const Settings& settings, bool datagrams) {
  const bool sized = settings.protocol == Protocol::echo || settings.protocol == Protocol::frames;
  Json json{
      {"url", settings.url},
      {"model", settings.rate ? "open" : "closed"},
      {"connections", settings.own_connections()},
      {"size", sized ? Json(settings.size) : Json(nullptr)},
      {"pipeline", settings.rate ? or_null(settings.pipeline) : Json(settings.pipeline.value_or(1))},
      {"rate", or_null(settings.own_rate())},
      {"arrival", settings.rate ? Json(to_string(settings.arrival.value_or(Arrival{}))) : Json(nullptr)},
      {"overload", settings.rate ? Json(to_string(settings.overload.value_or(Overload::queue))) : Json(nullptr)},
      {"duration_s", in_seconds(settings.duration)},
      {"timeout_s", in_seconds(settings.timeout_or_default(datagrams))},
      {"grace_s", in_seconds(settings.grace)},
      {"connect_timeout_s", in_seconds(settings.connect_timeout)},
      {"ramp", or_null(settings.ramp)},
      {"think_s", seconds_or_null(settings.think)},
      {"lifetime_s", seconds_or_null(settings.lifetime)},
      {"churn", settings.churn},
      {"threads", settings.threads},
      {"hostile", settings.hostile.empty() ? Json(nullptr) : Json(to_string(settings.hostile))},
      {"more_urls", settings.more_urls},
      {"sources", settings.sources},
      {"local_ports",
       settings.local_ports ? Json::array({settings.local_ports->first, settings.local_ports->last}) : Json(nullptr)},
      {"shard",
       settings.shard.of == 1 ? Json(nullptr) : Json{{"number", settings.shard.index + 1}, {"of", settings.shard.of}}},
      {"allow_loss", settings.allow_loss},
      {"interval_s", in_seconds(settings.outputs.interval_or_default(settings.duration))},
      {"seed", settings.seed}};
  json.update(protocol_settings(settings));
  return json;
}

Json verdict_of(const Settings& settings, const Results& results) {
  const auto why = why_limited(settings, results);
  return {{"limited_by_itself", !why.empty()},
          {"why", why.empty() ? Json(nullptr) : Json(why)},
          {"own_cpu_share", own_cpu_share(results)},
          {"own_lag_ns", settings.rate ? json_of(results.own_lag) : Json(nullptr)},
          {"loop_lag_p99_ns", results.loop_lag.percentile(99).count()}};
}

Json machine() {
  const auto here = this_machine();
  const auto known = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  return {{"cores", here.cores == 0 ? Json(nullptr) : Json(here.cores)},
          {"system", known(here.system)},
          {"cpu", known(here.cpu)}};
}

Json cpu_seconds(const CpuTime& cpu) { return {{"user", in_seconds(cpu.user)}, {"system", in_seconds(cpu.system)}}; }

}  // namespace

std::string json_failure(const Settings& settings, bool datagrams, const std::string& why) {
  const Json report{{"schema", json_schema}, {"tool", "eddy-load"}, {"protocol", name_of(settings.protocol)},
                    {"ok", false},           {"problems", {why}},   {"settings", settings_of(settings, datagrams)}};
  return text_of(report);
}

std::string json_report(const Settings& settings, const Results& results) {
  return text_of(json_document(settings, results));
}

Json json_document(const Settings& settings, const Results& results) {
  const auto found = problems(settings, results);
  const auto time = in_seconds(results.elapsed);
  const auto per_second = [time](std::uint64_t count) { return time > 0 ? static_cast<double>(count) / time : 0; };
  Json json{
      {"schema", json_schema},
      {"tool", "eddy-load"},
      {"protocol", name_of(settings.protocol)},
      {"ok", found.empty()},
      {"problems", found},
      {"interrupted", results.interrupted},
      {"version", program_version},
      {"command_line", settings.outputs.command_line},
      {"machine", machine()},
      {"started_unix_s", std::chrono::duration<double>(results.started_at.time_since_epoch()).count()},
      {"settings", settings_of(settings, results.datagrams)},
      {"verdict", verdict_of(settings, results)},
      {"driver", results.driver},
      {"began_late_s", in_seconds(results.began_late)},
      {"elapsed_s", time},
      {"connections",
       {{"opened", results.connected}, {"failures", results.connect_failures}, {"reconnects", results.reconnects}}},
      {"messages",
       {{"sent", results.sent},
        {"answered", results.answered},
        {"lost", results.lost},
        {"unsent", results.unsent},
        {"held_back", results.held_back},
        {"dropped", results.dropped},
        {"throttled", results.throttled}}},
      {"throughput",
       {{"messages_per_s", per_second(results.answered)},
        {"bytes_out_per_s", per_second(results.bytes_out)},
        {"bytes_in_per_s", per_second(results.bytes_in)}}},
      {"bytes", {{"out", results.bytes_out}, {"in", results.bytes_in}}},
      {"response_ns", json_of(results.response)},
      {"service_ns", json_of(results.service)},
      {"send_lag_ns", settings.rate ? json_of(results.send_lag) : Json(nullptr)},
      {"datagrams", nullptr},
      {"errors", results.errors},
      {"surplus_connections", results.surplus},
      {"corrupt", {{"count", results.corrupt}, {"first", Json::array()}}},
      {"wrong", Json::object()},
      {"hostile", Json::object()},
      {"cpu_s", cpu_seconds(results.cpu)},
      {"server_cpu_s", results.server_cpu ? cpu_seconds(*results.server_cpu) : Json(nullptr)},
      {"series", json_of(results.series)}};
  json.update(protocol_figures(settings, results));
  for (const auto& [kind, answers] : results.wrong) {
    json["wrong"][kind] = {{"count", answers.count}, {"first", answers.first}};
  }
  for (const auto& [kind, figures] : results.hostile) {
    json["hostile"][kind] = {{"wanted", figures.wanted},
                             {"connected", figures.connected},
                             {"closed_by_server", figures.closed_by_server},
                             {"failures", figures.connect_failures}};
  }
  for (const auto& each : results.corruptions) json["corrupt"]["first"].push_back(json_of(each));
  if (results.datagrams) {
    json["datagrams"] = {{"duplicated", results.duplicated}, {"reordered", results.reordered}, {"late", results.late}};
  }
  return json;
}

}  // namespace load
