#include <fcntl.h>
#include <spawn.h>
#include <sys/param.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "reactor/driver/child.h"

extern char** environ;  // NOLINT: no header of all systems declares it

namespace eddy::driver {
namespace {

#if defined(__linux__) || defined(__APPLE__) || (defined(__FreeBSD_version) && __FreeBSD_version >= 1301000)
int add_directory(posix_spawn_file_actions_t& actions, const char* directory) {
#ifdef __APPLE__
#pragma clang diagnostic ignored "-Wdeprecated-declarations"  // the name without _np is macOS 26's
#endif
  return posix_spawn_file_actions_addchdir_np(&actions, directory);
}
#else
int add_directory(posix_spawn_file_actions_t& /*actions*/, const char* /*directory*/) { return ENOTSUP; }
#endif

// Steps that the child takes before it becomes the program. Each function answers an errno.
class Preparation {
 public:
  Preparation() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~Preparation() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

  int reset_signals() {
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    for (const int fixed : {SIGKILL, SIGSTOP}) sigdelset(&all, fixed);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    return posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  int set_stream(int number, int descriptor) {
    if (descriptor == parents_own) return 0;
    if (descriptor == null_device) return posix_spawn_file_actions_addopen(&actions_, number, "/dev/null", O_RDWR, 0);
    return posix_spawn_file_actions_adddup2(&actions_, descriptor, number);
  }
  int set_directory(const std::string& directory) {
    return directory.empty() ? 0 : add_directory(actions_, directory.c_str());
  }

  const posix_spawn_file_actions_t& actions() const { return actions_; }
  const posix_spawnattr_t& attributes() const { return attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const auto& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

// Where ours are closed an end may be one of the child's standard descriptors, in the way of another.
OwnedSocket above_standard(int descriptor) {
  OwnedSocket end(descriptor);
  return descriptor > STDERR_FILENO ? std::move(end) : OwnedSocket(::fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
}

int open_close_on_exec(std::array<int, 2>& ends) {
#ifdef __APPLE__
  if (::pipe(ends.data()) != 0) return -1;
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  return 0;
#else
  return ::pipe2(ends.data(), O_CLOEXEC);
#endif
}

}  // namespace

int start_child(const ChildStart& start, std::error_code& error) {
  Preparation preparation;
  int result = preparation.reset_signals();
  for (int i = 0; i < 3 && result == 0; ++i)
    result = preparation.set_stream(i, start.streams[static_cast<unsigned>(i)]);
  if (result == 0) result = preparation.set_directory(start.directory);
  pid_t child = 0;
  if (result == 0) {
    auto arguments = pointers(start.arguments);
    std::vector<char*> environment;
    if (start.environment) environment = pointers(*start.environment);
    result = ::posix_spawnp(&child, arguments[0], &preparation.actions(), &preparation.attributes(), arguments.data(),
                            start.environment ? environment.data() : environ);
  }
  error = {result, std::system_category()};
  return child;
}

std::pair<OwnedSocket, OwnedSocket> open_pipe(std::error_code& error) {
  std::array<int, 2> ends{};
  if (open_close_on_exec(ends) != 0) {
    error = last_error();
    return {};
  }
  std::pair opened(above_standard(ends[0]), above_standard(ends[1]));
  if (!opened.first || !opened.second) error = last_error();
  return opened;
}

}  // namespace eddy::driver
