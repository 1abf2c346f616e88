#include "reactor/driver/unix_path.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "reactor/driver/sockaddr.h"

namespace eddy::driver {

UnixPath::UnixPath(std::string path) : path_(std::move(path)) {
  struct stat file {};
  if (stat(path_.c_str(), &file) != 0) {
    path_.clear();
    return;
  }
  device_ = file.st_dev;
  inode_ = file.st_ino;
}

UnixPath::UnixPath(UnixPath&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

UnixPath& UnixPath::operator=(UnixPath&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
    device_ = other.device_;
    inode_ = other.inode_;
  }
  return *this;
}

UnixPath::~UnixPath() { remove(); }

void UnixPath::remove() {
  if (path_.empty()) return;
  struct stat file {};
  if (stat(path_.c_str(), &file) == 0 && file.st_dev == device_ && file.st_ino == inode_) unlink(path_.c_str());
  path_.clear();
}

bool UnixPath::remove_stale(const Address& address) {
  const auto path = address.host();
  struct stat before {};
  if (lstat(path.c_str(), &before) != 0 || !S_ISSOCK(before.st_mode)) return false;
  const int type = address.is_stream() ? SOCK_STREAM : SOCK_DGRAM;
  const int probe = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return false;
  const int result =
      connect(probe, static_cast<const sockaddr*>(address.native()), static_cast<socklen_t>(address.native_size()));
  // EAGAIN is a live listener with a full backlog; a refusal says that nobody has the socket open. (Or that its owner,
  // starting at this instant, does not listen yet: those two cannot be told apart.)
  const bool stale = result != 0 && errno == ECONNREFUSED;
  close(probe);
  return stale && unlink(path.c_str()) == 0;
}

}  // namespace eddy::driver
