#include "child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <system_error>

#ifndef __linux__
extern char** environ;
#endif

namespace attack {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_kept = 1024 * 1024;

std::array<int, 2> open_pipe() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::system_error(errno, std::system_category(), "pipe");
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  return ends;
}

// How many bytes of a character in UTF-8 stand at the end without their last one.
std::size_t unfinished_at_end(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;
    return byte >= (back == 1 ? 0xc2 : back == 2 ? 0xe0 : 0xf0) ? back : 0;
  }
  return 0;
}

std::vector<std::string> environment_of_children() {
  std::vector<std::string> all;
  for (char** each = environ; *each != nullptr; ++each) all.emplace_back(*each);
  for (const auto* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    const auto* before = std::getenv(name);
    std::erase_if(all, [name](const std::string& each) { return each.starts_with(std::string(name) + "="); });
    all.push_back(fmt::format(
        "{}={}{}exitcode={}{}", name, before == nullptr ? "" : before, before == nullptr ? "" : ":",
        Child::sanitizer_status,
        std::string_view(name) == "ASAN_OPTIONS" ? ":quarantine_size_mb=2:thread_local_quarantine_size_kb=64" : ""));
  }
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& each : texts) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

std::size_t find_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f) return i;
    if (byte < 0x80) continue;
    // The whole of a character is passed over, when it is one.
    const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    const auto rest = text.substr(i + 1, length - 1);
    const bool whole = rest.size() == length - 1 && std::all_of(rest.begin(), rest.end(), [](char c) {
                         return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
                       });
    if (byte == 0xc2 && whole && static_cast<unsigned char>(rest[0]) < 0xa0) return i;
    if (length == 1 && byte < 0xa0) return i;
    if (!whole && i + length > text.size()) return std::string_view::npos;  // cut off
    if (whole) i += length - 1;
  }
  return std::string_view::npos;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if ((c >= ' ' && c <= '~') || c == '\n') {
      result += c;
    } else {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

Child::Child(const std::vector<std::string>& command) {
  auto arguments = command;
  auto variables = environment_of_children();
  const auto out = open_pipe();
  const auto err = open_pipe();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  ::posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  const int error = ::posix_spawnp(&process_, arguments[0].c_str(), &actions, nullptr, pointers_to(arguments).data(),
                                   pointers_to(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  out_.descriptor = out[0];
  err_.descriptor = err[0];
  if (error != 0) {
    ::close(out[0]);
    ::close(err[0]);
    throw std::system_error(error, std::system_category(), command[0]);
  }
  reader_ = std::thread([this] { read_all(); });
}

Child::~Child() {
  if (running()) {
    signal(SIGKILL);
    while (::waitpid(process_, &wait_status_, 0) < 0 && errno == EINTR) {
    }
  }
  if (reader_.joinable()) reader_.join();
  ::close(out_.descriptor);
  ::close(err_.descriptor);
}

void Child::read_all() {
  std::array<pollfd, 2> both{pollfd{out_.descriptor, POLLIN, 0}, pollfd{err_.descriptor, POLLIN, 0}};
  while (both[0].fd >= 0 || both[1].fd >= 0) {
    if (::poll(both.data(), both.size(), -1) < 0) continue;
    for (auto& each : both) {
      if (each.fd < 0 || each.revents == 0) continue;
      auto& stream = each.fd == out_.descriptor ? out_ : err_;
      std::array<char, 65536> buffer;
      const auto got = ::read(each.fd, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        each.fd = -1;
        continue;
      }
      const std::string_view text(buffer.data(), static_cast<std::size_t>(got));
      const std::lock_guard lock(mutex_);
      stream.kept += text;
      if (stream.kept.size() > most_kept) stream.kept.erase(0, stream.kept.size() - most_kept / 2);
      stream.unchecked += text;
      if (const auto at = find_control(stream.unchecked); at != std::string::npos && stream.control.empty()) {
        stream.control = stream.unchecked.substr(at < 200 ? 0 : at - 200, 400);
      }
      // A character that has come in part is looked at when the rest is there.
      stream.unchecked.erase(0, stream.unchecked.size() - unfinished_at_end(stream.unchecked));
    }
  }
}

std::optional<std::vector<std::string>> Child::lines(std::size_t count, eddy::Duration within) {
  const auto end = std::chrono::steady_clock::now() + within;
  while (true) {
    const auto text = out();
    std::vector<std::string> found;
    for (std::size_t from = 0, to = 0; found.size() < count; from = to + 1) {
      to = text.find('\n', from);
      if (to == std::string::npos) break;
      found.push_back(text.substr(from, to - from));
    }
    if (found.size() == count) return found;
    if (!running() || std::chrono::steady_clock::now() >= end) return {};
    std::this_thread::sleep_for(10ms);
  }
}

bool Child::ended_within(eddy::Duration time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!ended_) {
    const auto answer = ::waitpid(process_, &wait_status_, WNOHANG);
    if (answer == process_) {
      ended_ = true;
      reader_.join();  // so that all it has written is there
    }
    if (ended_ || std::chrono::steady_clock::now() >= end) break;
    std::this_thread::sleep_for(5ms);
  }
  return ended_;
}

void Child::signal(int number) const {
  if (!ended_) ::kill(process_, number);
}

std::optional<int> Child::status() const {
  return WIFEXITED(wait_status_) ? std::optional(WEXITSTATUS(wait_status_)) : std::nullopt;
}

std::string Child::how_it_ended() const {
  const auto ended = status();
  return ended ? fmt::format("ended with status {}", *ended)
               : fmt::format("was ended by signal {}", WTERMSIG(wait_status_));
}

std::string Child::out() {
  const std::lock_guard lock(mutex_);
  return out_.kept;
}

std::string Child::err() {
  const std::lock_guard lock(mutex_);
  return err_.kept;
}

std::string Child::report() {
  const auto text = err();
  auto first = std::string::npos;
  for (const auto* mark : {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer",
                           "runtime error: ", "AddressSanitizer:DEADLYSIGNAL", "terminate called", "libc++abi:"}) {
    first = std::min(first, text.find(mark));
  }
  return first == std::string::npos ? "" : text.substr(first, 6000);
}

std::string Child::control_characters() {
  const std::lock_guard lock(mutex_);
  return out_.control.empty() ? err_.control : out_.control;
}

std::uint64_t Child::resident_bytes() const {
  std::ifstream file(fmt::format("/proc/{}/statm", process_));
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (!(file >> size >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace attack
