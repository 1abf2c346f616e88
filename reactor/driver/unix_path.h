// UnixPath: a listening Unix socket's file. Removed again only while it is still the one that was made here: by the
// time we leave, another process may have put its own in the place (node#19729). A forked child leaves the file to its
// parent.
#pragma once

#include <cstdint>
#include <string>
#include <system_error>

#include "reactor/address.h"
#include "reactor/driver/fork_mark.h"

namespace eddy::driver {

class UnixPath {
 public:
  UnixPath() = default;
  // Remembers the file that bind has just made; a relative path from the working directory of now, which may be another
  // one when the file is to be removed.
  explicit UnixPath(const std::string& path);
  UnixPath(UnixPath&& other) noexcept;
  UnixPath& operator=(UnixPath&& other) noexcept;
  ~UnixPath();
  explicit operator bool() const { return !path_.empty(); }
  // The file is somebody else's from now on.
  void release() { path_.clear(); }

  // Removes a socket file that nobody has open. True when it did; a file that is no socket, or a live one, stays.
  static bool remove_stale(const Address& address);
  // True when the path is there and is no socket: a plain file, a directory, a link that leads nowhere.
  static bool is_taken_by_another_kind(const Address& address);

 private:
  void remove();

  std::string path_;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  ForkMark maker_;
};

}  // namespace eddy::driver
