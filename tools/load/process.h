// What the tool asks the operating system about its own process.
#pragma once

#include <reactor/time.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>

namespace load {

struct CpuTime {
  eddy::Duration user{0};
  eddy::Duration system{0};

  eddy::Duration total() const { return user + system; }
  friend CpuTime operator-(const CpuTime& left, const CpuTime& right) {
    return {left.user - right.user, left.system - right.system};
  }
};

// Of the whole process, since it started.
CpuTime cpu_time();

// How many sockets the process may open at the most, beside what it needs itself.
std::size_t most_sockets();

// Makes sure that the process may open so many sockets beside what it needs itself, raising its soft limit where the
// hard one allows. Throws std::runtime_error that says what to change.
void need_sockets(std::size_t count);

bool stderr_is_terminal();

std::uint64_t process_id();

// Opens a file for writing that must not exist yet; null, with errno, when it does or cannot be.
std::FILE* create_file(const std::filesystem::path& path);

}  // namespace load
