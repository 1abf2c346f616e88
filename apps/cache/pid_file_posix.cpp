#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "pid_file.h"

namespace cache {
namespace {

// Closes what it was given unless it was taken out.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

[[noreturn]] void fail(const std::string& path, int error, const std::string& why = {}) {
  throw std::system_error(error, std::system_category(), "pid file " + path + (why.empty() ? "" : ": " + why));
}

bool is_at(int file, const std::string& path) {
  struct stat ours {};
  struct stat there {};
  return ::fstat(file, &ours) == 0 && ::lstat(path.c_str(), &there) == 0 && ours.st_dev == there.st_dev &&
         ours.st_ino == there.st_ino;
}

// Gives the content of the file, without the end of the line.
std::string content(int file, const std::string& path) {
  std::array<char, 32> text{};
  const auto size = ::pread(file, text.data(), text.size(), 0);
  if (size < 0) fail(path, errno);
  std::string_view read(text.data(), static_cast<std::size_t>(size));
  if (read.ends_with('\n')) read.remove_suffix(1);
  return std::string(read);
}

}  // namespace

PidFile::PidFile(std::string path, std::uint64_t process) : path_(std::move(path)), file_(-1) {
  // Whoever holds the lock of the file has it; the system gives the lock back when the process ends, however it does.
  while (true) {
    // A link in a folder that others may write to could lead to any file of ours.
    Descriptor file(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0644));
    if (file.get() < 0 && (errno == ELOOP || errno == EMLINK)) fail(path_, errno, "expected no symbolic link");
    if (file.get() < 0) fail(path_, errno);
    struct stat about {};
    if (::fstat(file.get(), &about) != 0) fail(path_, errno);
    if (!S_ISREG(about.st_mode)) fail(path_, EINVAL, "expected a regular file");
    const bool locked = ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
    if (!locked && errno != EWOULDBLOCK) fail(path_, errno, "lock");
    const auto was = content(file.get(), path_);
    if (!locked) fail(path_, EEXIST, "process " + was + " runs and holds it");
    // Its last holder may have removed it between the opening and the lock.
    if (!is_at(file.get(), path_)) continue;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!std::all_of(was.begin(), was.end(), is_digit)) {
      fail(path_, EEXIST, "expected no file, or one that holds a process's number");
    }
    const auto text = std::to_string(process) + "\n";
    if (::ftruncate(file.get(), 0) != 0) fail(path_, errno);
    const auto written = ::pwrite(file.get(), text.data(), text.size(), 0);
    if (written != static_cast<ssize_t>(text.size())) fail(path_, written < 0 ? errno : ENOSPC);
    file_ = file.release();
    return;
  }
}

PidFile::~PidFile() {
  const auto file = static_cast<int>(file_);
  if (is_at(file, path_)) ::unlink(path_.c_str());
  ::close(file);
}

}  // namespace cache
