#include "search_run.h"

#include <apps/cli/program.h>
#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "json_values.h"
#include "output/version.h"
#include "rate_search.h"
#include "report_file.h"
#include "results.h"
#include "run.h"
#include "self_verdict.h"
#include "text.h"

namespace load {
namespace {

constexpr double default_first_rate = 1000;
constexpr double highest_rate = 1e9;

std::string trial_rate_text(double rate) { return per_second_text(rate) + "/s"; }

class Trials {
 public:
  explicit Trials(Settings& settings) : settings_(settings), targets_(check(settings)) {
    if (!settings.json.empty()) json_.emplace(settings.json);
  }

  Trial run(double rate) {
    settings_.rate = rate;
    const auto results = load::run(settings_, targets_);
    Trial trial{.failed = why_not(results), .interrupted = results.interrupted};
    const auto& response = results.response;
    const auto seconds = in_seconds(results.elapsed);
    const auto answered = seconds > 0 ? static_cast<double>(results.answered) / seconds : 0;
    write_to_stdout(fmt::format("  {:>14}  answered {:>14}  p50 {:>8}  p99 {:>8}  max {:>8}  {}\n",
                                trial_rate_text(rate), trial_rate_text(answered), time_text(response.percentile(50)),
                                time_text(response.percentile(99)), time_text(response.max()),
                                trial.failed.empty() ? "holds" : trial.failed));
    told_.push_back({{"rate", rate},
                     {"answered_per_s", answered},
                     {"response_ns", json_of(response)},
                     {"holds", trial.failed.empty()},
                     {"why_not", trial.failed.empty() ? Json(nullptr) : Json(trial.failed)}});
    return trial;
  }

  void write(const Json& outcome) {
    if (!json_) return;
    Json json{{"schema", json_schema},
              {"tool", "eddy-load"},
              {"protocol", name_of(settings_.protocol)},
              {"version", program_version},
              {"command_line", settings_.outputs.command_line}};
    json.update(outcome);
    json["trials"] = told_;
    json_->write(text_of(json));
  }

 private:
  std::string why_not(const Results& results) const {
    if (results.interrupted) return "interrupted";
    if (const auto found = problems(settings_, results); !found.empty()) return found.front();
    if (const auto own = why_limited(settings_, results); !own.empty()) return "eddy-load itself was the limit";
    if (!settings_.search) return {};
    const auto value = value_of(*settings_.search, results);
    if (value < settings_.search->limit) return {};
    return fmt::format("{} is {}", settings_.search->figure, time_text(value));
  }

  Settings& settings_;
  std::vector<eddy::Address> targets_;
  std::optional<ReportFile> json_;
  Json told_ = Json::array();
};

int run_search(Settings& settings) {
  const auto goal = to_string(*settings.search);
  Trials trials(settings);
  write_to_stdout(fmt::format("eddy-load {} {}\n\n  looking for the highest rate with {}, {} each\n\n",
                              name_of(settings.protocol), settings.url, goal, time_text(settings.duration)));
  const auto found = search(*settings.rate, highest_rate, [&](double rate) { return trials.run(rate); });
  trials.write({{"goal", goal},
                {"found", or_null(found.rate)},
                {"too_high", or_null(found.too_high)},
                {"interrupted", found.interrupted}});
  if (found.interrupted) {
    write_to_stdout("\ninterrupted: nothing was found yet\n");
  } else if (!found.rate) {
    write_to_stdout(fmt::format("\nFAILED: no rate was found at which {} holds\n", goal));
  } else {
    write_to_stdout(
        fmt::format("\n{} holds at {}, three times{}\n", goal, trial_rate_text(*found.rate),
                    found.too_high ? fmt::format("; it does not at {}", trial_rate_text(*found.too_high)) : ""));
  }
  return found.rate ? 0 : cli::exit_failure;
}

int run_staircase(Settings& settings) {
  const auto stairs = *settings.staircase;
  Trials trials(settings);
  write_to_stdout(fmt::format("eddy-load {} {}\n\n", name_of(settings.protocol), settings.url));
  bool right = true;
  bool interrupted = false;
  // The tolerance is for sums of binary fractions.
  for (int i = 0; !interrupted && stairs.from + i * stairs.step <= stairs.to * (1 + 1e-9); ++i) {
    auto trial = trials.run(stairs.from + i * stairs.step);
    right = right && trial.failed.empty();
    interrupted = trial.interrupted;
  }
  trials.write({{"interrupted", interrupted}});
  return right ? 0 : cli::exit_failure;
}

}  // namespace

int search_rates(Settings settings) {
  check_search(settings);
  if (settings.staircase) settings.rate = settings.staircase->from;
  if (!settings.rate) settings.rate = default_first_rate;
  return settings.search ? run_search(settings) : run_staircase(settings);
}

}  // namespace load
