// OutputFiles: the files of --csv, --hdr and --html. Opened before the run, like the JSON report.
#pragma once

#include <optional>

#include "../report_file.h"
#include "../results.h"
#include "../settings.h"

namespace load {

class OutputFiles {
 public:
  // Throws std::system_error that names the path that cannot be written.
  explicit OutputFiles(const Outputs& outputs);

  void write(const Settings& settings, const Results& results);

 private:
  std::optional<ReportFile> csv_;
  std::optional<ReportFile> hdr_;
  std::optional<ReportFile> html_;
};

}  // namespace load
