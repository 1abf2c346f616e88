#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>
#include <windows.h>

#include <cstdint>

#include "process.h"

namespace load {
namespace {

// Counted in 100 nanoseconds.
eddy::Duration duration(const FILETIME& time) {
  const auto count = std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime;
  return std::chrono::duration_cast<eddy::Duration>(
      std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>(static_cast<std::int64_t>(count)));
}

}  // namespace

CpuTime cpu_time() {
  FILETIME created{};
  FILETIME ended{};
  FILETIME system{};
  FILETIME user{};
  ::GetProcessTimes(::GetCurrentProcess(), &created, &ended, &system, &user);
  return {duration(user), duration(system)};
}

// There is no limit of sockets here.
std::size_t most_sockets() { return SIZE_MAX; }

void need_sockets(std::size_t /*count*/) {}

// A console also has to understand the codes that rewrite a line; those before Windows 10 do not.
bool stderr_is_terminal() {
  const auto console = ::GetStdHandle(STD_ERROR_HANDLE);
  DWORD mode = 0;
  return ::GetConsoleMode(console, &mode) != 0 &&
         ::SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;
}

std::uint64_t process_id() { return ::GetCurrentProcessId(); }

std::FILE* create_file(const std::filesystem::path& path) {
  const int file = ::_wopen(path.c_str(), _O_WRONLY | _O_CREAT | _O_EXCL | _O_BINARY, _S_IREAD | _S_IWRITE);
  return file < 0 ? nullptr : ::_fdopen(file, "wb");
}

}  // namespace load
