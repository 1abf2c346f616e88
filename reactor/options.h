// Settings of sockets, connections and loops. Plain values with sensible, finite defaults; use designated initialisers:
//   Listener<Echo> echo{loop, "tcp://*:7", {.max_connections = 1000, .connection = {.idle_timeout = 30s}}};
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "reactor/time.h"

namespace eddy {

using namespace std::chrono_literals;

class HostLimit;
class Observer;

// tcp(7) TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT; whole seconds, rounded up. OpenBSD keeps to its system-wide ones.
struct KeepAlive {
  Duration idle = 60s;
  Duration interval = 10s;
  int probes = 6;
};

struct PortRange {
  std::uint16_t first;
  std::uint16_t last;
};

// What a socket is set to before it is used. An unset optional leaves the system's default; a buffer above the system's
// maximum is cut down.
struct SocketOptions {
  bool no_delay = true;                      // TCP_NODELAY: eddy corks by itself, so Nagle's delay only costs
  std::optional<KeepAlive> keep_alive = {};  // SO_KEEPALIVE
  std::optional<int> receive_buffer = {};    // SO_RCVBUF, bytes; Linux doubles it (socket(7))
  std::optional<int> send_buffer = {};       // SO_SNDBUF, bytes
  // SO_LINGER. Only 0 is taken: it makes every close a reset. With more, close(2) would block the loop (socket(7));
  // what it is meant for, ConnectionOptions::linger_timeout does without.
  std::optional<Duration> linger = {};
  bool fast_open = false;  // TCP_FASTOPEN, for a client TCP_FASTOPEN_CONNECT, where they can be had; RFC 7413
  // IP_LOCAL_PORT_RANGE: where a port that is not given is taken from. Linux 6.3; else an error. What lies outside the
  // system's own range (net.ipv4.ip_local_port_range) it does not heed.
  std::optional<PortRange> local_ports = {};
};

// Throws std::system_error that names the setting when one cannot be what it is.
void check(const SocketOptions& options);

// Who may use a Unix socket that is bound to a path; other addresses ignore it, except that a Unix socket without a
// file (unix:@name) refuses it: anybody may use such a one. What is unset stays as bind(2) makes it: the process' own
// user and group, and what the umask leaves. Nobody has more than these rights at any time: a listener listens only
// when the file has them, and on Linux it is made without any; elsewhere a datagram socket's file has the usual ones
// for a moment. No umask is changed. Not on Windows (operation_not_supported).
//   eddy::Listener<Admin> admin{loop, "unix:/run/mine.sock", {.unix_file = {.mode = 0660, .group = operators}}};
struct UnixFileOptions {
  std::optional<unsigned> mode = {};        // 0 to 0777; to connect, or send a datagram, takes the right to write
  std::optional<std::uint32_t> user = {};   // uid; giving the file to another user takes privileges (chown(2))
  std::optional<std::uint32_t> group = {};  // gid; one's own groups do without
};

// Throws std::system_error that names the setting when it cannot be what it is.
void check(const UnixFileOptions& options);

enum class AtCap : std::uint8_t {
  refuse,  // send answers `refused`; the connection lives on
  close,   // the connection ends with Errc::output_limit
};

// How one connection behaves. Shared by all connections of a listener. A time-out is more than 0, or `unlimited` for
// none: other libraries mean none by 0, and an end at once is what nobody wants, so 0 and less are refused
// (std::system_error). How long to be patient, as linger_timeout and Loop::drain are, may be 0: not at all.
struct ConnectionOptions {
  // Output, in bytes queued by this connection (contract 4).
  std::size_t high_mark = 256 * 1024;         // above it, send answers accepted_above_high_mark
  std::size_t low_mark = 64 * 1024;           // at or below it again, on_low
  std::size_t output_cap = 16 * 1024 * 1024;  // no send takes the queue past it
  AtCap at_cap = AtCap::refuse;

  // Input that on_data left unconsumed, in bytes; past it the connection ends with Errc::input_limit (contract 5).
  std::size_t input_limit = 2 * 1024 * 1024;

  Duration idle_timeout = unlimited;   // no byte either way: on_idle, or without it Errc::idle_timeout
  Duration write_stall_timeout = 60s;  // output queued and the peer takes nothing: Errc::write_stalled
  Duration max_lifetime = unlimited;   // from on_open: Errc::lifetime_ended

  // How long close() reads and discards after its FIN (contract 7); 0: not at all. When the peer's system has not
  // acknowledged all of the output by then, close() goes on as long as each further linger_timeout brings some
  // acknowledgement, for max_linger in all at most; else the connection ends with Errc::output_cut.
  Duration linger_timeout = 2s;
  Duration max_linger = 60s;
};

// Throws std::system_error that names the time-out that is 0 or less.
void check(const ConnectionOptions& options);

struct ListenOptions {
  int backlog = 4096;         // listen(2); the system cuts it to its own maximum (somaxconn, kern.ipc.soacceptqueue)
  bool reuse_address = true;  // SO_REUSEADDR: bind although old connections are in TIME_WAIT
  bool reuse_port = false;    // several sockets on one port, balanced by the kernel: Linux, FreeBSD; else an error
  std::optional<bool> v6_only =
      {};  // IPV6_V6ONLY, always set: unset means true for an address, false for `*` (contract 13)
  std::size_t max_connections = std::numeric_limits<std::size_t>::max();  // more are accepted and closed at once
  std::shared_ptr<HostLimit> hosts = {};  // limits the connections of each host, likewise; null: not (host_limit.h)
  UnixFileOptions unix_file = {};
  SocketOptions socket = {};
  ConnectionOptions connection = {};
};

struct ConnectOptions {
  Duration timeout =
      10s;  // for the whole attempt, all addresses of a name together: Errc::connect_timeout. More than 0
  std::optional<std::string> source =
      {};  // local address to bind first, same form as the target, for instance tcp://127.0.0.2:0
  SocketOptions socket = {};
  ConnectionOptions connection = {};
};

// Throws std::system_error that names the setting when one cannot be what it is.
void check(const ConnectOptions& options);

struct DatagramOptions {
  bool reuse_address = false;
  bool reuse_port = false;
  std::optional<bool> v6_only = {};
  // As those of SocketOptions. Where they limit how long a datagram may be, unset ones of UDP let it have any length.
  std::optional<int> receive_buffer = {};
  std::optional<int> send_buffer = {};
  std::size_t output_cap = 4 * 1024 * 1024;  // bytes queued while the socket cannot take more; past it send refuses
  UnixFileOptions unix_file = {};

  // Of UDP; unset ones are the system's.
  bool broadcast = false;                       // SO_BROADCAST: sending to broadcast addresses is allowed
  std::optional<int> hop_limit = {};            // 1 to 255: routers that a datagram passes at most (IP_TTL)
  std::optional<int> multicast_hop_limit = {};  // 0 to 255, of what goes to groups; the systems' is 1: this network
  std::optional<bool> multicast_loop = {};  // whether this machine gets what it sends to groups; the systems' is true
  std::optional<std::string> multicast_interface = {};  // by name or number: where what goes to groups leaves
  // Tell where each datagram has arrived: DatagramSocket::arrival() and answer(). Linux; else operation_not_supported.
  bool arrival = false;
};

// Throws std::system_error that names the setting when one cannot be what it is.
void check(const DatagramOptions& options);

struct LoopOptions {
  // One of driver_names(), such as "epoll", "kqueue" or "poll"; empty: the environment's EDDY_DRIVER, else the best
  // that works here. A name that is unknown or cannot be had throws from Loop's constructor.
  std::string driver = {};
  // Queued output of a loop's connections, in bytes that eddy allocated. A connection may have an eighth of it, and
  // less as it fills (memory_budget.h); past that send refuses. Input that sessions keep takes at most half of what is
  // free away from output, and by itself is bounded by it too (Errc::input_limit); beyond that comes only the input
  // that waits for the answers of refused sends, for each connection what had arrived by then.
  std::size_t memory_budget = 512 * 1024 * 1024;
  // Not owned; must outlive the loop. Null costs one comparison per event. See observer.h.
  Observer* observer = nullptr;
};

}  // namespace eddy
