// ReportFile: the file that a report for programs goes to. It is opened before the run, so that a path that cannot be
// written costs nobody a run; it appears under its name only when it is whole, by a rename. What is not a regular file
// (a pipe, /dev/null) is written to directly. "-" is stdout.
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

namespace load {

class ReportFile {
 public:
  // Throws std::system_error that names the path, and the option that asked for it.
  explicit ReportFile(const std::string& path, const std::string& option = "--json");
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;
  ~ReportFile();  // without write() nothing stays behind

  // Once. Throws like the constructor.
  void write(const std::string& text);

 private:
  [[noreturn]] void fail(std::error_code error) const;

  std::string name_;              // option and path as the user wrote them
  std::filesystem::path target_;  // where the finished file goes
  std::filesystem::path open_;    // what is written to; equal to target_ when that is not a regular file
  std::FILE* file_ = nullptr;
};

// All of it, now. Throws std::system_error.
void write_to_stdout(const std::string& text);

}  // namespace load
