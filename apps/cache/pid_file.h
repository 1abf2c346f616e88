// PidFile: a file that holds the process's number while this lives. It belongs to one process at a time.
#pragma once

#include <cstdint>
#include <string>

namespace cache {

class PidFile {
 public:
  // Throws std::system_error that names the file and what is wrong with it: another process that runs holds it, or it
  // is no file of a process's number. One that a process which is gone has left behind is taken over.
  PidFile(std::string path, std::uint64_t process);
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;
  // Removes the file, if it is still the one that was made here.
  ~PidFile();

 private:
  std::string path_;
  std::intptr_t file_;  // the system's handle
};

}  // namespace cache
