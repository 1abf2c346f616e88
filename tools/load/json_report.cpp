#include "json_report.h"

#include <fmt/format.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "process.h"
#include "text.h"

namespace load {
namespace {

using Json = nlohmann::ordered_json;

Json histogram(const Histogram& of) {
  return {{"count", of.count()},
          {"min", of.min().count()},
          {"mean", of.mean().count()},
          {"p50", of.percentile(50).count()},
          {"p90", of.percentile(90).count()},
          {"p99", of.percentile(99).count()},
          {"p99.9", of.percentile(99.9).count()},
          {"p99.99", of.percentile(99.99).count()},
          {"max", of.max().count()}};
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json corruption(const Corruption& each) {
  return {{"connection", each.connection},
          {"sequence", or_null(each.sequence)},
          {"offset", each.offset},
          {"expected", or_null(each.expected)},
          {"got", or_null(each.got)}};
}

Json settings_of(const Settings& settings, bool datagrams) {
  return {{"url", settings.url},
          {"model", settings.rate ? "open" : "closed"},
          {"connections", settings.connections},
          {"size", settings.size},
          {"pipeline", settings.rate ? Json(nullptr) : Json(settings.pipeline.value_or(1))},
          {"rate", or_null(settings.rate)},
          {"duration_s", in_seconds(settings.duration)},
          {"timeout_s", in_seconds(settings.timeout_or_default(datagrams))},
          {"grace_s", in_seconds(settings.grace)},
          {"connect_timeout_s", in_seconds(settings.connect_timeout)},
          {"allow_loss", settings.allow_loss},
          {"seed", settings.seed}};
}

// An error text in the system's own language need not be UTF-8.
std::string text_of(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

std::string json_failure(const Settings& settings, bool datagrams, const std::string& why) {
  const Json report{{"schema", 1}, {"tool", "eddy-load"}, {"protocol", "echo"},
                    {"ok", false}, {"problems", {why}},   {"settings", settings_of(settings, datagrams)}};
  return text_of(report);
}

std::string json_report(const Settings& settings, const Results& results) {
  const auto found = problems(settings, results);
  const auto time = in_seconds(results.elapsed);
  const auto per_second = [time](std::uint64_t count) { return time > 0 ? static_cast<double>(count) / time : 0; };
  Json json{{"schema", 1},
            {"tool", "eddy-load"},
            {"protocol", "echo"},
            {"ok", found.empty()},
            {"problems", found},
            {"interrupted", results.interrupted},
            {"settings", settings_of(settings, results.datagrams)},
            {"driver", results.driver},
            {"elapsed_s", time},
            {"connections", {{"opened", results.connected}, {"failures", results.connect_failures}}},
            {"messages",
             {{"sent", results.sent},
              {"answered", results.answered},
              {"lost", results.lost},
              {"unsent", results.unsent},
              {"held_back", results.held_back}}},
            {"throughput",
             {{"messages_per_s", per_second(results.answered)},
              {"bytes_out_per_s", per_second(results.bytes_out)},
              {"bytes_in_per_s", per_second(results.bytes_in)}}},
            {"bytes", {{"out", results.bytes_out}, {"in", results.bytes_in}}},
            {"latency_ns", histogram(results.latency)},
            {"send_lag_ns", settings.rate ? histogram(results.send_lag) : Json(nullptr)},
            {"datagrams", nullptr},
            {"errors", results.errors},
            {"surplus_connections", results.surplus},
            {"corrupt", {{"count", results.corrupt}, {"first", Json::array()}}},
            {"cpu_s", {{"user", in_seconds(results.cpu.user)}, {"system", in_seconds(results.cpu.system)}}}};
  for (const auto& each : results.corruptions) json["corrupt"]["first"].push_back(corruption(each));
  if (results.datagrams) {
    json["datagrams"] = {{"duplicated", results.duplicated}, {"reordered", results.reordered}, {"late", results.late}};
  }
  return text_of(json);
}

ReportFile::ReportFile(const std::string& path) : name_(path) {
  if (path == "-") {
    file_ = stdout;
    return;
  }
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) fail(std::make_error_code(std::errc::is_a_directory));
  const bool replaces = std::filesystem::is_regular_file(status) || !std::filesystem::exists(status);
  // The name of a pipe is not a path that could be resolved: /dev/stdout leads to "pipe:[4711]".
  target_ = replaces ? std::filesystem::weakly_canonical(path, error) : std::filesystem::path(path);
  if (replaces && error) fail(error);
  open_ = target_;
  if (replaces) open_ += fmt::format(".{}.tmp", process_id());
  file_ = replaces ? create_file(open_) : std::fopen(open_.string().c_str(), "w");
  if (file_ == nullptr) fail({errno, std::generic_category()});
}

ReportFile::~ReportFile() {
  if (file_ == nullptr || file_ == stdout) return;
  std::fclose(file_);
  std::error_code error;
  if (open_ != target_) std::filesystem::remove(open_, error);
}

void ReportFile::write(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), file_) == text.size() && std::fflush(file_) == 0;
  if (!written) fail({errno, std::generic_category()});
  if (file_ == stdout) return;
  if (open_ == target_) return;
  std::error_code error;
  if (std::fclose(std::exchange(file_, nullptr)) != 0) error.assign(errno, std::generic_category());
  if (!error) std::filesystem::rename(open_, target_, error);
  if (error) {
    std::error_code unused;
    std::filesystem::remove(open_, unused);
    fail(error);
  }
}

void ReportFile::fail(std::error_code error) const {
  throw std::system_error(error, "--json " + name_ + ": cannot be written");
}

}  // namespace load
