#include "merge.h"

#include <apps/cli/program.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include "../corruption.h"
#include "../report_rows.h"
#include "../share.h"
#include "../text.h"
#include "interval_json.h"

namespace load {
namespace {

// Numbers and what has them inside; anything else stays as it is.
void add_counts(Json& into, const Json& from) {
  if (into.is_number_unsigned() && from.is_number_unsigned()) {
    into = into.get<std::uint64_t>() + from.get<std::uint64_t>();
  } else if (into.is_number() && from.is_number()) {
    into = into.get<double>() + from.get<double>();
  } else if (into.is_object() && from.is_object()) {
    for (const auto& [key, value] : from.items()) {
      into.contains(key) ? add_counts(into[key], value) : void(into[key] = value);
    }
  }
}

bool may_differ(std::string_view setting) {
  return setting == "connections" || setting == "rate" || setting == "seed" || setting == "sources" ||
         setting == "local_ports" || setting == "threads" || setting == "ramp" || setting == "hostile" ||
         setting == "shard";
}

void need_equal(const RunReport& first, const RunReport& other, const std::string& pointer) {
  const auto has = [&](const RunReport& run) { return run.json.contains(Json::json_pointer(pointer)); };
  const auto told = [&](const RunReport& run) { return has(run) ? run.at(pointer).dump() : "absent"; };
  if (has(first) == has(other) && (!has(first) || first.at(pointer) == other.at(pointer))) return;
  throw cli::UsageError(fmt::format("{}: {} is {}, but {} in {}: expected runs of the same kind", other.name,
                                    pointer.substr(1), told(other), told(first), first.name));
}

double began(const RunReport& run) { return run.number("/started_unix_s"); }
double ended(const RunReport& run) { return began(run) + run.number("/elapsed_s"); }

void need_alike(const std::vector<RunReport>& runs) {
  const auto& first = runs.front();
  for (const auto& run : runs) {
    need_equal(first, run, "/protocol");
    const auto same = [&](const char* pointer) { return run.at(pointer) == first.at(pointer); };
    if (&run != &first && same("/started_unix_s") && same("/machine") && same("/command_line") &&
        same("/response_ns")) {
      throw cli::UsageError(fmt::format("{}: expected another run than {}", run.name, first.name));
    }
    for (const auto* each : {&first, &run}) {
      for (const auto& [key, value] : each->at("/settings").items()) {
        if (!may_differ(key)) need_equal(first, run, "/settings/" + key);
      }
    }
    if (run.series.empty()) throw cli::UsageError(run.name + ": expected a run with a time series");
    if (began(run) >= ended(first) || began(first) >= ended(run)) {
      throw cli::UsageError(fmt::format("{}: expected a run at the same time as {}, which began {:.3f} s {}", run.name,
                                        first.name, std::abs(began(first) - began(run)),
                                        began(first) < began(run) ? "before" : "after"));
    }
  }
}

bool is_shard(const RunReport& run) { return !run.at("/settings").value("shard", Json()).is_null(); }

// Which shards of a plan there are, by number; none when these are no shards. Throws when they are not of one plan.
std::map<std::uint64_t, std::string> shards_of(const std::vector<RunReport>& runs) {
  std::map<std::uint64_t, std::string> found;
  for (const auto& run : runs) {
    if (!is_shard(runs.front()) && !is_shard(run)) continue;
    for (const auto* each : {"shard/of", "seed", "rate", "ramp", "hostile"}) {
      need_equal(runs.front(), run, std::string("/settings/") + each);
    }
    const auto [other, is_new] = found.emplace(run.count("/settings/shard/number"), run.name);
    if (!is_new) {
      throw cli::UsageError(
          fmt::format("{}: expected another shard than {}'s, which is {}, too", run.name, other->second, other->first));
    }
  }
  return found;
}

// "shard 3 of 8 is missing"; empty when all are there.
std::string missing_shards(const std::vector<RunReport>& runs) {
  const auto found = shards_of(runs);
  if (found.empty()) return "";
  const auto of = runs.front().count("/settings/shard/of");
  std::vector<std::uint64_t> missing;
  for (std::uint64_t i = 1; i <= of && i <= most_shards; ++i) {
    if (!found.contains(i)) missing.push_back(i);
  }
  if (missing.empty()) return "";
  return fmt::format("{} {} of {} {} missing", missing.size() == 1 ? "shard" : "shards", fmt::join(missing, ", "), of,
                     missing.size() == 1 ? "is" : "are");
}

std::vector<Interval> merged_series(const std::vector<RunReport>& runs, double start) {
  const auto interval = runs.front().number("/settings/interval_s");
  std::vector<Interval> series;
  for (const auto& run : runs) {
    if (!((began(run) - start) / interval < most_intervals)) {
      throw cli::UsageError(fmt::format("{}: expected at most {} intervals after the first run's start", run.name,
                                        grouped(most_intervals)));
    }
    const auto offset = static_cast<std::size_t>(std::llround((began(run) - start) / interval));
    for (std::size_t i = 0; i < run.series.size(); ++i) {
      while (series.size() <= offset + i) {
        const auto at = static_cast<double>(series.size()) * interval;
        series.push_back({.start = eddy::Duration(std::llround(at * 1e9))});
      }
      auto& into = series[offset + i];
      const auto& from = run.series[i];
      into.length = std::max(into.length, from.length);
      into.merge(from);
    }
  }
  return series;
}

// Which run it was that had a corrupt connection, the connection's number alone does not say any more.
Json merged_corruptions(const std::vector<RunReport>& runs) {
  auto all = Json::array();
  for (const auto& run : runs) {
    for (auto each : run.at("/corrupt/first")) {
      each["run"] = run.name;
      if (all.size() < most_corruptions) all.push_back(each);
    }
  }
  return all;
}

// One generator that was the bottleneck is enough; how much each had to do is a matter of its own report.
Json merged_verdict(const std::vector<RunReport>& runs) {
  for (const auto& run : runs) {
    if (run.at("/verdict/limited_by_itself") != true) continue;
    return {{"limited_by_itself", true}, {"why", run.name + ": " + run.at("/verdict/why").get<std::string>()}};
  }
  return {{"limited_by_itself", false}, {"why", nullptr}};
}

Json server_cpu(const std::vector<RunReport>& runs) {
  Json found;
  for (const auto& run : runs) {
    const auto& each = run.at("/server_cpu_s");
    if (each.is_null()) continue;
    if (!found.is_null()) return nullptr;
    found = each;
  }
  return found;
}

Json source(const RunReport& run) {
  return {{"name", run.name},
          {"machine", run.at("/machine")},
          {"started_unix_s", run.at("/started_unix_s")},
          {"elapsed_s", run.at("/elapsed_s")},
          {"connections", run.at("/settings/connections")},
          {"rate", run.at("/settings/rate")},
          {"seed", run.at("/settings/seed")},
          {"shard", run.json["settings"].value("shard", Json())},
          {"command_line", run.at("/command_line")}};
}

}  // namespace

Json merged(const std::vector<RunReport>& runs) {
  if (runs.size() == 1 && !is_shard(runs.front())) {
    throw cli::UsageError(runs.front().name + ": expected a shard of a plan, or another report to merge it with");
  }
  need_alike(runs);
  auto response = SparseHistogram();
  auto service = SparseHistogram();
  auto send_lag = SparseHistogram();
  auto start = began(runs.front());
  auto end = ended(runs.front());
  Json problems = Json::array();
  Json sources = Json::array();
  bool all_well = true;
  bool any_interrupted = false;
  for (const auto& run : runs) {
    response.merge(run.response);
    service.merge(run.service);
    if (run.send_lag) send_lag.merge(*run.send_lag);
    start = std::min(start, began(run));
    end = std::max(end, ended(run));
    for (const auto& each : run.at("/problems")) problems.push_back(run.name + ": " + each.get<std::string>());
    sources.push_back(source(run));
    all_well = all_well && run.at("/ok") == true;
    any_interrupted = any_interrupted || run.at("/interrupted") == true;
  }

  if (const auto missing = missing_shards(runs); !missing.empty()) {
    problems.push_back(missing);
    all_well = false;
  }

  auto json = runs.front().json;
  for (auto run = runs.begin() + 1; run != runs.end(); ++run) {
    for (const auto* key : {"connections", "messages", "bytes", "datagrams", "errors", "surplus_connections", "corrupt",
                            "hostile", "cache", "http", "wrong", "cpu_s"}) {
      if (json.contains(key) && run->json.contains(key)) add_counts(json[key], run->at(std::string("/") + key));
    }
    for (const auto* key : {"connections", "rate"}) {
      add_counts(json["settings"][key], run->at(std::string("/settings/") + key));
    }
    for (const auto* key : {"machine", "driver", "command_line", "version"}) {
      if (json[key] != run->at(std::string("/") + key)) json[key] = nullptr;
    }
    for (const auto* key : {"seed", "sources", "local_ports", "threads", "ramp", "hostile", "shard"}) {
      auto& ours = json["settings"][key];
      if (ours != run->json["settings"].value(key, Json())) ours = nullptr;
    }
  }
  for (const auto& run : runs) {
    json["began_late_s"] = std::max(json.value("began_late_s", 0.0), run.json.value("began_late_s", 0.0));
  }
  json["verdict"] = merged_verdict(runs);
  json["ok"] = all_well;
  json["problems"] = problems;
  json["interrupted"] = any_interrupted;
  json["started_unix_s"] = start;
  json["elapsed_s"] = end - start;
  const auto per_second = [&](const char* pointer) {
    return json.at(Json::json_pointer(pointer)).get<double>() / (end - start);
  };
  json["throughput"]["messages_per_s"] = per_second("/messages/answered");
  json["throughput"]["bytes_out_per_s"] = per_second("/bytes/out");
  json["throughput"]["bytes_in_per_s"] = per_second("/bytes/in");
  json["response_ns"] = json_of(response);
  json["service_ns"] = json_of(service);
  if (runs.front().send_lag) json["send_lag_ns"] = json_of(send_lag);
  json["corrupt"]["first"] = merged_corruptions(runs);
  json["server_cpu_s"] = server_cpu(runs);
  json["series"] = json_of(merged_series(runs, start));
  json["runs"] = sources;
  return json;
}

std::string merge_summary(const RunReport& run) {
  auto text = fmt::format("eddy-load {} {}\n\n", run.at("/protocol").get<std::string>(),
                          run.at("/settings/url").get<std::string>());
  for (const auto& each : run.at("/runs")) {
    text += row(each == run.at("/runs").front() ? "runs" : "", each["name"].get<std::string>());
  }
  text += row("connections", grouped(run.count("/connections/opened")));
  text += row("time", fmt::format("{:.2f} s", run.number("/elapsed_s")));
  text += row("messages", fmt::format("{} sent, {} answered, {} lost", grouped(run.count("/messages/sent")),
                                      grouped(run.count("/messages/answered")), grouped(run.count("/messages/lost"))));
  text += row("throughput", fmt::format("{:.1f} messages/s", run.number("/throughput/messages_per_s")));
  const auto dense = [](const SparseHistogram& sparse) {
    Histogram histogram;
    histogram.add(sparse);
    return histogram;
  };
  text += times_header() + times("response", dense(run.response));
  if (run.send_lag) text += times("service", dense(run.service)) + times("send lag", dense(*run.send_lag));
  if (const auto limited = run.limited(); !limited.empty()) text += row("limited", "by eddy-load itself: " + limited);
  if (run.at("/ok") == true) return text + "\nok: nothing lost, nothing wrong\n";
  text += "\n";
  for (const auto& each : run.at("/problems")) text += "FAILED: " + each.get<std::string>() + "\n";
  return text;
}

}  // namespace load
