#include "commands.h"

#include <apps/cli/to_stderr.h>
#include <fmt/format.h>

#include "../report_file.h"
#include "compare.h"
#include "html_page.h"
#include "merge.h"
#include "run_report.h"

namespace load {
namespace {

void need_files(const std::vector<std::string>& files, std::size_t least, std::size_t most, std::string_view what) {
  if (files.size() < least || files.size() > most) {
    throw cli::UsageError(fmt::format("{} reports: expected {}; see --help", files.size(), what));
  }
}

}  // namespace

ReportCommands::ReportCommands(CLI::App& app) {
  auto& merge =
      *app.add_subcommand("merge", "Merges the JSON reports of runs that went on side by side into one, exactly");
  merge.add_option("files", files_, "Two reports or more")->type_name("FILE");
  merge.add_option("--json", json_, "Write the merged report to this file; - is stdout")->type_name("FILE");
  merge_ = &merge;

  auto& compare =
      *app.add_subcommand("compare", "Compares the JSON reports of two runs. Exits with 1 when a condition holds");
  compare.add_option("files", files_, "Two reports, the earlier one first")->type_name("FILE");
  compare
      .add_option("--fail-if", conditions_,
                  "On the second run: p50, p90, p99, p99.9, p99.99, max, mean, throughput, errors, cpu or\n"
                  "server-cpu, then > or <, then +N% or -N% of the first run, or a time, or a number.\n"
                  "May be given several times: --fail-if 'p99>+5%' --fail-if 'errors>0'")
      ->allow_extra_args(false)
      ->type_name("CONDITION");
  compare_ = &compare;

  auto& html = *app.add_subcommand("html", "Makes a page of a run's JSON report, alone or beside a second one's");
  html.add_option("files", files_, "One report or two")->type_name("FILE");
  html.add_option("-o,--output", page_, "Write the page to this file; - is stdout")->type_name("FILE");
  html_ = &html;
}

std::optional<int> ReportCommands::run() const {
  if (merge_->parsed()) return merge();
  if (compare_->parsed()) return compare();
  if (html_->parsed()) return html();
  return {};
}

int ReportCommands::merge() const {
  need_files(files_, 1, files_.max_size(), "two or more");
  std::vector<RunReport> runs;
  for (const auto& file : files_) runs.push_back(read_run_report(file));
  const auto all = run_report("the merged report", merged(runs));
  std::optional<ReportFile> file;
  if (!json_.empty()) file.emplace(json_);
  const auto summary = merge_summary(all);
  json_ == "-" ? cli::to_stderr(summary) : ReportFile("-", "the summary to").write(summary);
  if (file) file->write(text_of(all.json));
  return all.at("/ok") == true ? 0 : cli::exit_failure;
}

int ReportCommands::compare() const {
  need_files(files_, 2, 2, "two");
  std::vector<Condition> conditions(conditions_.begin(), conditions_.end());
  const auto first = read_run_report(files_[0]);
  const auto second = read_run_report(files_[1]);
  std::string failures;
  for (const auto& each : conditions) {
    if (const auto why = each.held(first, second); !why.empty()) failures += "FAILED: " + why + "\n";
  }
  auto text = comparison(first, second);
  if (!conditions.empty()) text += "\n" + (failures.empty() ? "ok: no condition holds\n" : failures);
  ReportFile("-", "the comparison to").write(text);
  return failures.empty() ? 0 : cli::exit_failure;
}

int ReportCommands::html() const {
  need_files(files_, 1, 2, "one or two");
  if (page_.empty()) throw cli::UsageError("html: expected -o FILE; see --help");
  const auto first = read_run_report(files_[0]);
  std::optional<RunReport> second;
  if (files_.size() == 2) second = read_run_report(files_[1]);
  ReportFile(page_, "-o").write(html_page(first, second ? &*second : nullptr));
  return 0;
}

}  // namespace load
