#include "reactor/driver/unix_path.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "reactor/driver/unix_probe.h"

namespace eddy::driver {
namespace {

// dev_t is signed on macOS and OpenBSD.
std::uint64_t device_of(const struct stat& file) { return static_cast<std::uint64_t>(file.st_dev); }

}  // namespace

UnixPath::UnixPath(const std::string& path) {
  std::error_code error;
  path_ = std::filesystem::absolute(path, error).string();
  if (error) path_ = path;  // the working directory is gone
  struct stat file {};
  if (stat(path_.c_str(), &file) != 0) {
    path_.clear();
    return;
  }
  device_ = device_of(file);
  inode_ = file.st_ino;
}

UnixPath::UnixPath(UnixPath&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_), maker_(other.maker_) {}

UnixPath& UnixPath::operator=(UnixPath&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
    device_ = other.device_;
    inode_ = other.inode_;
    maker_ = other.maker_;
  }
  return *this;
}

UnixPath::~UnixPath() { remove(); }

void UnixPath::remove() {
  if (path_.empty()) return;
  struct stat file {};
  if (!maker_.in_child() && stat(path_.c_str(), &file) == 0 && device_of(file) == device_ && file.st_ino == inode_) {
    unlink(path_.c_str());
  }
  path_.clear();
}

bool UnixPath::is_taken_by_another_kind(const Address& address) {
  const auto path = address.host();
  struct stat file {};
  if (stat(path.c_str(), &file) == 0) return !S_ISSOCK(file.st_mode);
  return lstat(path.c_str(), &file) == 0;  // a link that leads nowhere
}

bool UnixPath::remove_stale(const Address& address) {
  const auto path = address.host();
  struct stat before {};
  if (lstat(path.c_str(), &before) != 0 || !S_ISSOCK(before.st_mode)) return false;
  return !somebody_has_open(address) && unlink(path.c_str()) == 0;
}

}  // namespace eddy::driver
