#include <windows.h>

#include <string>
#include <system_error>
#include <utility>

#include "pid_file.h"

namespace cache {

// Others may read it meanwhile, and the system removes it when the process ends, however it does.
PidFile::PidFile(std::string path, std::uint64_t process) : path_(std::move(path)), file_(0) {
  const auto fail = [this] {
    throw std::system_error(static_cast<int>(GetLastError()), std::system_category(),
                            "pid file " + path_ + ": expected no file of that name");
  };
  auto* const file = CreateFileA(path_.c_str(), GENERIC_WRITE | DELETE, FILE_SHARE_READ | FILE_SHARE_DELETE, nullptr,
                                 CREATE_NEW, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_DELETE_ON_CLOSE, nullptr);
  if (file == INVALID_HANDLE_VALUE) fail();
  const auto text = std::to_string(process) + "\n";
  DWORD written = 0;
  if (WriteFile(file, text.data(), static_cast<DWORD>(text.size()), &written, nullptr) == 0) {
    const auto error = GetLastError();
    CloseHandle(file);
    SetLastError(error);
    fail();
  }
  file_ = reinterpret_cast<std::intptr_t>(file);
}

PidFile::~PidFile() { CloseHandle(reinterpret_cast<HANDLE>(file_)); }

}  // namespace cache
