#include "html_page.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <string_view>

#include "../text.h"
#include "compare.h"
#include "html_charts.h"
#include "svg_chart.h"

namespace load {
namespace {

constexpr std::string_view page_style = R"(
:root { color-scheme: light dark; --page: #fcfcfb; --box: #fff; --ink: #1a1a19; --soft: #5f5e58; --rule: #deddd7;
  --a: #2a78d6; --b: #d9541e; --c: #158f63; --good: #0a7a0a; --bad: #c22f2f; }
@media screen and (prefers-color-scheme: dark) { :root { --page: #161615; --box: #1f1f1e; --ink: #f2f1ec;
  --soft: #b3b1a8; --rule: #3a3a37; --a: #5598e7; --b: #ec835a; --c: #2fb586; --good: #35b535; --bad: #ee6b6b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 20px 16px 40px; }
h1 { font-size: 22px; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 28px 0 8px; }
p { margin: 4px 0; }
.soft, figcaption + p, .legend { color: var(--soft); font-size: 14px; }
.ok { color: var(--good); font-weight: 600; } .failed { color: var(--bad); font-weight: 600; overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 16px; margin-top: 20px; }
figure { margin: 0; padding: 12px; background: var(--box); border: 1px solid var(--rule); border-radius: 6px; break-inside: avoid; }
figcaption { font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; overflow-wrap: anywhere; }
.legend svg { width: 24px; height: 8px; margin-right: 6px; vertical-align: middle; }
figure > svg { width: 100%; height: auto; display: block; margin-top: 6px; }
.narrow { display: none !important; }
@media (max-width: 560px) { .wide { display: none !important; } .narrow { display: block !important; } }
svg text { font: 12px system-ui, sans-serif; fill: var(--soft); }
svg .right { text-anchor: end; } svg .middle { text-anchor: middle; }
.grid { stroke: var(--rule); fill: none; } .hint { fill: transparent; } .hint:hover { fill: var(--rule); fill-opacity: .45; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.line.second { stroke-dasharray: 5 4; stroke-width: 1.6; stroke-linecap: butt; }
.a { stroke: var(--a); } .b { stroke: var(--b); } .c { stroke: var(--c); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 14px 3px 0; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th { font-weight: 600; } th:first-child, .words td { text-align: left; } .words td { white-space: normal; overflow-wrap: anywhere; }
summary { cursor: pointer; margin-top: 16px; }
@media print { body { font-size: 11px; background: #fff; } h2 { font-size: 13px; break-after: avoid; } .soft, .legend { font-size: 10px; } main { max-width: none; padding: 0; } details { display: none; }
  .charts { grid-template-columns: 1fr 1fr; gap: 8px; } figure { padding: 6px; } .wide { display: block !important; }
  .narrow { display: none !important; } svg text { font-size: 11px; } }
)";

using Show = std::string (*)(const Json& value);

std::string show_time(const Json& value) { return time_text(eddy::Duration(value.get<eddy::Duration::rep>())); }
std::string show_seconds(const Json& value) { return fmt::format("{:.2f} s", value.get<double>()); }
std::string show_rate(const Json& value) {
  const auto number = value.get<double>();
  return number < 100 ? fmt::format("{:.2f}", number) : grouped(static_cast<std::uint64_t>(std::llround(number)));
}
std::string show_count(const Json& value) {
  return value.is_number_integer() && value.get<std::int64_t>() >= 0 ? grouped(value.get<std::uint64_t>())
                                                                     : value.dump();
}

bool is_there(const RunReport& run, const std::string& pointer) {
  const Json::json_pointer where(pointer);
  return run.json.contains(where) && run.json.at(where).is_number();
}
bool in_either(const RunReport& run, const RunReport* other, const std::string& pointer) {
  return is_there(run, pointer) || (other != nullptr && is_there(*other, pointer));
}

// One cell, which names where in the report it comes from.
std::string cell(const RunReport& run, const std::string& pointer, Show show) {
  if (!is_there(run, pointer)) return "<td>none</td>";
  const auto& value = run.at(pointer);
  return fmt::format("<td data-json=\"{}\" data-value=\"{}\">{}</td>", escaped(pointer), value.dump(),
                     escaped(show(value)));
}

std::string difference_cell(const RunReport& run, const RunReport& other, const std::string& pointer) {
  if (!is_there(run, pointer) || !is_there(other, pointer)) return "<td></td>";
  return "<td>" + difference_text(run.number(pointer), other.number(pointer)) + "</td>";
}

std::string figures_table(const RunReport& run, const RunReport* other) {
  struct Row {
    const char* name;
    const char* pointer;
    Show show;
  };
  constexpr Row rows[] = {{"sent", "/messages/sent", &show_count},
                          {"answered", "/messages/answered", &show_count},
                          {"lost", "/messages/lost", &show_count},
                          {"not sent", "/messages/unsent", &show_count},
                          {"connections", "/connections/opened", &show_count},
                          {"answers per second", "/throughput/messages_per_s", &show_rate},
                          {"time", "/elapsed_s", &show_seconds},
                          {"own CPU, user", "/cpu_s/user", &show_seconds},
                          {"own CPU, system", "/cpu_s/system", &show_seconds},
                          {"server's CPU, user", "/server_cpu_s/user", &show_seconds},
                          {"server's CPU, system", "/server_cpu_s/system", &show_seconds}};
  std::string html = "<h2>Figures</h2><div class=\"scroll\"><table><tr><th></th>";
  html += other == nullptr ? "<th></th></tr>\n"
                           : fmt::format("<th>{}</th><th>{}</th><th>difference</th></tr>\n", escaped(run.name),
                                         escaped(other->name));
  for (const auto& row : rows) {
    if (!in_either(run, other, row.pointer)) continue;
    html += fmt::format("<tr><th>{}</th>{}", row.name, cell(run, row.pointer, row.show));
    if (other != nullptr) html += cell(*other, row.pointer, row.show) + difference_cell(run, *other, row.pointer);
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

std::string times_table(const RunReport& run, const RunReport* other) {
  constexpr const char* columns[] = {"p50", "p90", "p99", "p99.9", "p99.99", "max", "mean"};
  struct Row {
    const char* name;
    const char* pointer;
  };
  constexpr Row rows[] = {{"response", "/response_ns/"}, {"service", "/service_ns/"}, {"send lag", "/send_lag_ns/"}};
  std::string html = "<h2>Times</h2><div class=\"scroll\"><table><tr><th></th>";
  for (const auto* column : columns) html += fmt::format("<th>{}</th>", column);
  html += "</tr>\n";
  const auto add = [&](const std::string& name, const std::string& cells) {
    html += fmt::format("<tr><th>{}</th>{}</tr>\n", escaped(name), cells);
  };
  for (const auto& row : rows) {
    if (!in_either(run, other, row.pointer + std::string("p50"))) continue;
    std::string mine;
    std::string theirs;
    std::string differences;
    for (const auto* column : columns) {
      mine += cell(run, std::string(row.pointer) + column, &show_time);
      if (other == nullptr) continue;
      theirs += cell(*other, std::string(row.pointer) + column, &show_time);
      differences += difference_cell(run, *other, std::string(row.pointer) + column);
    }
    add(other == nullptr ? row.name : fmt::format("{}, {}", row.name, run.name), mine);
    if (other == nullptr) continue;
    add(fmt::format("{}, {}", row.name, other->name), theirs);
    add("difference", differences);
  }
  return html + "</table></div>\n";
}

std::string words_row(const std::string& name, const Json& value) {
  const auto text = value.is_string() ? value.get<std::string>() : value.dump();
  return fmt::format("<td>{}</td>", value.is_null() ? "none" : escaped(text))
      .insert(0, "<tr><th>" + escaped(name) + "</th>");
}

std::string settings_table(const RunReport& run, const RunReport* other) {
  std::string html = "<h2>Settings</h2><table class=\"words\">\n";
  for (const auto& [key, value] : run.at("/settings").items()) {
    html += words_row(key, value);
    if (other != nullptr) {
      const auto& theirs = other->at("/settings");
      html += fmt::format("<td>{}</td>",
                          theirs.contains(key) && theirs[key] != value ? escaped(theirs[key].dump()) : "the same");
    }
    html += "</tr>\n";
  }
  return html + "</table>\n";
}

std::string counts_table(const RunReport& run) {
  std::string html;
  for (const auto* pointer : {"/connections/failures", "/errors", "/wrong"}) {
    for (const auto& [kind, count] : run.at(pointer).items()) html += words_row(kind, count) + "</tr>\n";
  }
  return html.empty() ? "" : "<h2>Errors</h2><table class=\"words\">\n" + html + "</table>\n";
}

std::string series_table(const RunReport& run) {
  struct Column {
    const char* name;
    const char* pointer;
    Show show;
  };
  constexpr Column columns[] = {
      {"from", "/start_s", &show_seconds},     {"length", "/length_s", &show_seconds},
      {"sent", "/sent", &show_count},          {"answered", "/answered", &show_count},
      {"lost", "/lost", &show_count},          {"errors", "/errors", &show_count},
      {"p50", "/response_ns/p50", &show_time}, {"p99", "/response_ns/p99", &show_time},
      {"max", "/response_ns/max", &show_time}, {"send lag, max", "/send_lag_max_ns", &show_time}};
  std::string html = "<details><summary>The time series as a table</summary><div class=\"scroll\"><table><tr>";
  for (const auto& column : columns) html += fmt::format("<th>{}</th>", column.name);
  html += "</tr>\n";
  for (std::size_t i = 0; i < run.series.size(); ++i) {
    html += "<tr>";
    for (const auto& column : columns) html += cell(run, fmt::format("/series/{}{}", i, column.pointer), column.show);
    html += "</tr>\n";
  }
  return html + "</table></div></details>\n";
}

std::string about(const RunReport& run) {
  const auto began = static_cast<std::time_t>(run.number("/started_unix_s"));
  auto text = fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(began));
  for (const auto* pointer : {"/machine/system", "/machine/cpu", "/driver"}) {
    const Json::json_pointer where(pointer);
    if (run.json.contains(where) && run.json.at(where).is_string()) {
      text += " · " + escaped(run.json.at(where).get<std::string>());
    }
  }
  return "<p class=\"soft\">" + text + "</p>\n";
}

std::string verdicts(const RunReport& run, bool named) {
  const auto name = named ? escaped(run.name) + ": " : "";
  const auto cut = run.at("/interrupted") == true ? " (interrupted)" : "";
  const auto limited = run.limited();
  const auto warning = limited.empty() ? ""
                                       : fmt::format("<p class=\"failed\">{}limited by eddy-load itself: {}</p>\n",
                                                     name, escaped(limited));
  if (run.at("/ok") == true) return warning + fmt::format("<p class=\"ok\">{}ok{}</p>\n", name, cut);
  std::string html;
  for (const auto& problem : run.at("/problems")) {
    html += (html.empty() ? "" : ", ") + escaped(problem.is_string() ? problem.get<std::string>() : problem.dump());
  }
  return warning + fmt::format("<p class=\"failed\">{}FAILED{}: {}</p>\n", name, cut, html);
}

}  // namespace

std::string html_page(const RunReport& run, const RunReport* other) {
  const auto title = escaped(fmt::format("eddy-load {} {}", run.at("/protocol").get<std::string>(),
                                         run.at("/settings/url").get<std::string>()));
  auto html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title>\n<style>{1}</style></head>\n<body><main><h1>{0}</h1>\n",
      title, page_style);
  html += verdicts(run, other != nullptr) + about(run);
  if (other != nullptr) html += verdicts(*other, true) + about(*other);
  html += "<div class=\"charts\">\n" + html_charts(run, other) + "</div>\n";
  html += times_table(run, other) + figures_table(run, other);
  html += counts_table(run) + settings_table(run, other) + series_table(run);
  return html + "</main></body></html>\n";
}

}  // namespace load
