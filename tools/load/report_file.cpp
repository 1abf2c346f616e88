#include "report_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "process.h"

namespace load {

ReportFile::ReportFile(const std::string& path, const std::string& option) : name_(option + " " + path) {
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
  file_ = replaces ? create_file(open_) : std::fopen(open_.string().c_str(), "wb");
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

void ReportFile::fail(std::error_code error) const { throw std::system_error(error, name_ + ": cannot be written"); }

void write_to_stdout(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    throw std::system_error(errno, std::system_category(), "the report cannot be written");
  }
}

}  // namespace load
