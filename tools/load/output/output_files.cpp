#include "output_files.h"

#include "../json_report.h"
#include "csv.h"
#include "hdr_log.h"
#include "html_page.h"
#include "run_report.h"

namespace load {

OutputFiles::OutputFiles(const Outputs& outputs) {
  if (!outputs.csv.empty()) csv_.emplace(outputs.csv, "--csv");
  if (!outputs.hdr.empty()) hdr_.emplace(outputs.hdr, "--hdr");
  if (!outputs.html.empty()) html_.emplace(outputs.html, "--html");
}

void OutputFiles::write(const Settings& settings, const Results& results) {
  if (csv_) csv_->write(csv(results.series));
  if (hdr_) hdr_->write(hdr_log(results.series, results.started_at));
  if (html_) html_->write(html_page(run_report("this run", json_document(settings, results)), nullptr));
}

}  // namespace load
