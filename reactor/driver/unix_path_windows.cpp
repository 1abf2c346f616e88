#include "reactor/driver/unix_path.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "reactor/driver/sockaddr.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {
namespace {

constexpr DWORD tag_of_sockets = 0x80000023;  // IO_REPARSE_TAG_AF_UNIX: a socket's file is a reparse point

std::optional<BY_HANDLE_FILE_INFORMATION> look_at(const std::string& path) {
  const auto file = CreateFileA(path.c_str(), 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT, nullptr);
  if (file == INVALID_HANDLE_VALUE) return {};
  BY_HANDLE_FILE_INFORMATION information;
  const bool known = GetFileInformationByHandle(file, &information) != 0;
  CloseHandle(file);
  return known ? std::optional(information) : std::nullopt;
}

std::uint64_t index_of(const BY_HANDLE_FILE_INFORMATION& file) {
  return std::uint64_t{file.nFileIndexHigh} << 32 | file.nFileIndexLow;
}

bool is_socket(const std::string& path) {
  WIN32_FIND_DATAA found;
  const auto search = FindFirstFileA(path.c_str(), &found);
  if (search == INVALID_HANDLE_VALUE) return false;
  FindClose(search);
  return (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 && found.dwReserved0 == tag_of_sockets;
}

}  // namespace

UnixPath::UnixPath(const std::string& path) {
  std::error_code error;
  path_ = std::filesystem::absolute(path, error).string();
  if (error) path_ = path;  // the working directory is gone
  const auto file = look_at(path_);
  if (!file) {
    path_.clear();
    return;
  }
  device_ = file->dwVolumeSerialNumber;
  inode_ = index_of(*file);
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
  const auto file = look_at(path_);
  if (file && file->dwVolumeSerialNumber == device_ && index_of(*file) == inode_) DeleteFileA(path_.c_str());
  path_.clear();
}

bool UnixPath::is_taken_by_another_kind(const Address& address) {
  const auto path = address.host();
  return look_at(path) && !is_socket(path);
}

bool UnixPath::remove_stale(const Address& address) {
  const auto path = address.host();
  if (!is_socket(path)) return false;
  std::error_code error;
  const auto probe = open_socket(address, error);
  if (error) return false;
  bool pending = false;
  return connect(probe.get(), address, pending) == std::errc::connection_refused && DeleteFileA(path.c_str()) != 0;
}

}  // namespace eddy::driver
