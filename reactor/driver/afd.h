// AFD: the device under every socket of Windows, which is asked here for what happens to one socket.
#pragma once

#include "reactor/driver/sockaddr.h"
// After winsock2.h.
#include <winternl.h>

#include <cstdint>
#include <system_error>

namespace eddy::driver::afd {

inline constexpr ULONG receive = 0x001;
inline constexpr ULONG send = 0x004;
inline constexpr ULONG disconnect = 0x008;  // the peer's end
inline constexpr ULONG abort = 0x010;
inline constexpr ULONG local_close = 0x020;
inline constexpr ULONG accept = 0x080;
inline constexpr ULONG connect_fail = 0x100;

inline constexpr NTSTATUS success = 0;
inline constexpr NTSTATUS pending = 0x103;

struct PollHandle {
  HANDLE handle;  // a base socket
  ULONG events;
  NTSTATUS status;
};
struct PollInfo {
  LARGE_INTEGER timeout;
  ULONG count;
  ULONG exclusive;
  PollHandle handle;
};

// The socket under those that layered providers put on top: AFD knows no others.
SOCKET base_socket(SOCKET socket, std::error_code& error);

// A handle of the device whose polls end over `port`. Throws std::system_error.
HANDLE open_device(HANDLE port);

// Begins to wait for `events` of `base`. The end comes over the port, with `context`; until then `info` and `status`
// belong to the kernel. False: it could not begin, and no end will come.
bool begin_poll(HANDLE device, HANDLE base, ULONG events, PollInfo& info, IO_STATUS_BLOCK& status, void* context);
// Its end comes then, if it is not on the way already.
void cancel_poll(HANDLE device, IO_STATUS_BLOCK& status);

// What a socket call would say; 0 when the events are no error.
std::uint16_t error_of(ULONG events, NTSTATUS status);

}  // namespace eddy::driver::afd
