// TemporaryFolder: an empty one with a short path, for sockets and files; gone with this.
#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>

namespace attack {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    static std::atomic<int> number = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("eddy-attack-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directory(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace attack
