#include "reactor/driver/unix_path.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "reactor/driver/socket_calls.h"

namespace eddy::driver {
namespace {

// dev_t is signed on macOS and OpenBSD.
std::uint64_t device_of(const struct stat& file) { return static_cast<std::uint64_t>(file.st_dev); }

}  // namespace

UnixPath::UnixPath(std::string path) : path_(std::move(path)) {
  struct stat file {};
  if (stat(path_.c_str(), &file) != 0) {
    path_.clear();
    return;
  }
  device_ = device_of(file);
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
  if (stat(path_.c_str(), &file) == 0 && device_of(file) == device_ && file.st_ino == inode_) unlink(path_.c_str());
  path_.clear();
}

bool UnixPath::remove_stale(const Address& address) {
  const auto path = address.host();
  struct stat before {};
  if (lstat(path.c_str(), &before) != 0 || !S_ISSOCK(before.st_mode)) return false;
  std::error_code error;
  const auto probe = open_socket(address, error);
  bool pending = false;
  if (!error) error = connect(probe.get(), address, pending);
  // EAGAIN is a live listener with a full backlog; a refusal says that nobody has the socket open. (Or that its owner,
  // starting at this instant, does not listen yet: those two cannot be told apart.)
  return error == std::errc::connection_refused && unlink(path.c_str()) == 0;
}

}  // namespace eddy::driver
