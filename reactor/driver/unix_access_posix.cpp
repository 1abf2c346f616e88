#include <sys/stat.h>
#include <unistd.h>

#include "reactor/driver/sockaddr.h"
#include "reactor/driver/socket_calls.h"
#include "reactor/driver/unix_access.h"

namespace eddy::driver {
namespace {

#if defined(__linux__)
// Linux: a socket that is no Unix stream has no such user.
std::optional<PeerCredentials> ask(NativeSocket socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid == static_cast<uid_t>(-1)) return {};
  PeerCredentials credentials{.user = peer.uid, .group = peer.gid};
  if (peer.pid > 0) credentials.process = peer.pid;
  return credentials;
}
#elif defined(__OpenBSD__)
std::optional<PeerCredentials> ask(NativeSocket socket) {
  sockpeercred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return {};
  return PeerCredentials{.process = peer.pid, .user = peer.uid, .group = peer.gid};
}
#else
// Of a Unix socket; the level of the options that only they have.
[[maybe_unused]] constexpr int local_level = 0;

std::optional<int> ask_process([[maybe_unused]] NativeSocket socket) {
#if defined(LOCAL_PEERPID)  // macOS
  int process = 0;
  socklen_t size = sizeof process;
  if (::getsockopt(socket, local_level, LOCAL_PEERPID, &process, &size) == 0) return process;
#elif defined(__NetBSD__)
  unpcbid peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, local_level, LOCAL_PEEREID, &peer, &size) == 0) return peer.unp_pid;
#endif
  return {};
}

std::optional<PeerCredentials> ask(NativeSocket socket) {
  uid_t user = 0;
  gid_t group = 0;
  if (::getpeereid(socket, &user, &group) != 0) return {};
  return PeerCredentials{.process = ask_process(socket), .user = user, .group = group};
}
#endif

bool has_wishes(const UnixFileOptions& options) { return options.mode || options.user || options.group; }

}  // namespace

// Linux: what bind makes has the mode of the socket. The BSDs refuse to change that: there a stream's peers are kept
// out because nobody listens yet.
void withhold_access(NativeSocket socket, const UnixFileOptions& options) {
  if (options.mode) static_cast<void>(::fchmod(socket, 0));
}

std::error_code grant_access(const Address& address, const UnixFileOptions& options) {
  if (!has_wishes(options)) return {};
  if (!address.is_unix_path()) return std::make_error_code(std::errc::operation_not_supported);
  const auto path = address.host();
  constexpr auto unchanged = static_cast<std::uint32_t>(-1);
  // The owner first: the rights of the mode are for him.
  if ((options.user || options.group) &&
      ::lchown(path.c_str(), options.user.value_or(unchanged), options.group.value_or(unchanged)) != 0) {
    return last_error();
  }
  if (options.mode && ::chmod(path.c_str(), static_cast<mode_t>(*options.mode)) != 0) return last_error();
  return {};
}

std::optional<PeerCredentials> peer_credentials_of(NativeSocket socket) { return ask(socket); }

}  // namespace eddy::driver
