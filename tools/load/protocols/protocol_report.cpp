#include "protocol_report.h"

#include <fmt/format.h>

#include "../report_rows.h"
#include "../text.h"
#include "shown.h"

namespace load {
namespace {

std::string frames_asked(const Settings& settings) {
  const auto& frames = settings.frames;
  const auto size =
      frames.max ? fmt::format("{} to {} bytes", settings.size, *frames.max) : counted(settings.size, "byte", "bytes");
  return fmt::format("{} after {} of length{}", size, counted(frames.prefix, "byte", "bytes"),
                     frames.prefix == 1     ? ""
                     : frames.little_endian ? ", little-endian"
                                            : ", big-endian");
}

std::string keys_distribution(const CacheOptions& cache) {
  return cache.zipf ? fmt::format("zipf:{:g}", *cache.zipf) : "uniform";
}

std::string cache_asked(const CacheOptions& cache) {
  return fmt::format("{:.4g} % gets of {} keys of {}, {}; values of {} bytes{}", 100 * cache.get_ratio,
                     grouped(cache.keys), counted(cache.key_size, "byte", "bytes"), keys_distribution(cache),
                     text_of(cache.value_size), cache.verify ? ", verified" : "");
}

std::string cache_row(const CacheCounts& counts) {
  const auto gets = counts.hits + counts.misses;
  auto text = fmt::format("{} hits, {} misses", grouped(counts.hits), grouped(counts.misses));
  if (gets > 0)
    text += fmt::format(" ({:.1f} % hit)", 100 * static_cast<double>(counts.hits) / static_cast<double>(gets));
  return row("cache", text + fmt::format("; {} sets", grouped(counts.sets)));
}

std::string status_row(const HttpCounts& counts) {
  std::string text;
  for (const auto& [code, count] : counts.status) {
    text += fmt::format("{}{} x {}", text.empty() ? "" : ", ", grouped(count), code);
  }
  return row("status", text.empty() ? "none" : text);
}

}  // namespace

std::string asked(const Settings& settings) {
  std::string text;
  switch (settings.protocol) {
    case Protocol::echo: text = counted(settings.size, "byte", "bytes"); break;
    case Protocol::line: text = shown(settings.line.request.source()); break;
    case Protocol::frames: text = frames_asked(settings); break;
    case Protocol::cache: text = cache_asked(settings.cache); break;
    case Protocol::http: text = settings.http.request.method() + " " + settings.http.url; break;
  }
  return fmt::format("{}, seed {}", text, settings.seed);
}

std::string protocol_rows(const Settings& settings, const Results& results) {
  switch (settings.protocol) {
    case Protocol::cache: return cache_row(results.cache);
    case Protocol::http: return status_row(results.http);
    case Protocol::echo:
    case Protocol::line:
    case Protocol::frames: break;
  }
  return "";
}

Json protocol_settings(const Settings& settings) {
  switch (settings.protocol) {
    case Protocol::echo: break;
    case Protocol::line: {
      const auto& line = settings.line;
      return {{"request", line.request.source()},
              {"newline", line.newline == "\n" ? "lf" : "crlf"},
              {"expect", line.expect ? Json(line.expect->source()) : Json(nullptr)},
              {"expect_regex", line.expect_pattern ? Json(line.expect_pattern->source()) : Json(nullptr)}};
    }
    case Protocol::frames:
      return {{"max", or_null(settings.frames.max)},
              {"prefix", settings.frames.prefix},
              {"little_endian", settings.frames.little_endian}};
    case Protocol::cache: {
      const auto& cache = settings.cache;
      return {{"keys", cache.keys},
              {"key_size", cache.key_size},
              {"distribution", keys_distribution(cache)},
              {"get_ratio", cache.get_ratio},
              {"value_size", text_of(cache.value_size)},
              {"verify", cache.verify},
              {"preload", cache.preload}};
    }
    case Protocol::http:
      return {{"http_url", settings.http.url},
              {"method", settings.http.request.method()},
              {"headers", settings.http.request.headers()},
              {"body_size", or_null(settings.http.request.body_size())},
              {"expect_status", settings.http.expect_status},
              {"verify_body", settings.http.verify_body.has_value()}};
  }
  return Json::object();
}

Json protocol_figures(const Settings& settings, const Results& results) {
  switch (settings.protocol) {
    case Protocol::cache:
      return {
          {"cache", {{"hits", results.cache.hits}, {"misses", results.cache.misses}, {"sets", results.cache.sets}}}};
    case Protocol::http: {
      auto status = Json::object();
      for (const auto& [code, count] : results.http.status) status[std::to_string(code)] = count;
      return {{"http", {{"status", status}}}};
    }
    case Protocol::echo:
    case Protocol::line:
    case Protocol::frames: break;
  }
  return Json::object();
}

}  // namespace load
