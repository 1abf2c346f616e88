#include "reactor/driver/afd.h"

#include <algorithm>
#include <array>

#include "reactor/driver/socket_calls.h"

// Exported by ntdll.dll, declared by no header of the SDK.
extern "C" NTSTATUS NTAPI NtCancelIoFileEx(HANDLE file, IO_STATUS_BLOCK* request, IO_STATUS_BLOCK* status);

namespace eddy::driver::afd {
namespace {

constexpr ULONG ioctl_poll = 0x00012024;

struct ConnectError {
  std::uint32_t status;
  int code;
};
constexpr std::array connect_errors{
    ConnectError{0xC00000B5, WSAETIMEDOUT},     // IO_TIMEOUT
    ConnectError{0xC000020D, WSAECONNRESET},    // CONNECTION_RESET
    ConnectError{0xC000023C, WSAENETUNREACH},   // NETWORK_UNREACHABLE
    ConnectError{0xC000023D, WSAEHOSTUNREACH},  // HOST_UNREACHABLE
    ConnectError{0xC0000241, WSAECONNABORTED},  // CONNECTION_ABORTED
};

}  // namespace

SOCKET base_socket(SOCKET socket, std::error_code& error) {
  const auto ask = [](SOCKET of, DWORD code) {
    SOCKET answer = INVALID_SOCKET;
    DWORD size = 0;
    return WSAIoctl(of, code, nullptr, 0, &answer, sizeof answer, &size, nullptr, nullptr) == 0 ? answer
                                                                                                : INVALID_SOCKET;
  };
  while (true) {
    const auto base = ask(socket, SIO_BASE_HANDLE);
    if (base != INVALID_SOCKET) {
      // Wine answers it for any number.
      int type = 0;
      int size = sizeof type;
      if (getsockopt(base, SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &size) != 0) error = last_error();
      return base;
    }
    error = last_error();
    // Some providers (Komodia's) break it against the rules, but let one step down through.
    const auto below = ask(socket, SIO_BSP_HANDLE_POLL);
    if (below == INVALID_SOCKET || below == socket) return INVALID_SOCKET;
    error = {};
    socket = below;
  }
}

HANDLE open_device(HANDLE port) {
  wchar_t path[] = L"\\Device\\Afd\\eddy";
  UNICODE_STRING name{sizeof path - sizeof *path, sizeof path, path};
  OBJECT_ATTRIBUTES attributes{};
  attributes.Length = sizeof attributes;
  attributes.ObjectName = &name;
  IO_STATUS_BLOCK status{};
  HANDLE device = nullptr;
  const auto opened = NtCreateFile(&device, SYNCHRONIZE, &attributes, &status, nullptr, 0,
                                   FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN, 0, nullptr, 0);
  if (opened != success) {
    throw std::system_error(system_error_code(RtlNtStatusToDosError(opened)), "open \\Device\\Afd");
  }
  if (CreateIoCompletionPort(device, port, 0, 0) == nullptr ||
      SetFileCompletionNotificationModes(device, FILE_SKIP_SET_EVENT_ON_HANDLE) == 0) {
    const auto error = GetLastError();
    CloseHandle(device);
    throw std::system_error(system_error_code(error), "CreateIoCompletionPort");
  }
  return device;
}

bool begin_poll(HANDLE device, HANDLE base, ULONG events, PollInfo& info, IO_STATUS_BLOCK& status, void* context) {
  info.timeout.QuadPart = INT64_MAX;
  info.count = 1;
  info.exclusive = FALSE;
  info.handle = {base, events, success};
  status.Status = pending;
  const auto result = NtDeviceIoControlFile(device, nullptr, nullptr, context, &status, ioctl_poll, &info, sizeof info,
                                            &info, sizeof info);
  return result == success || result == pending;
}

void cancel_poll(HANDLE device, IO_STATUS_BLOCK& status) {
  IO_STATUS_BLOCK unused{};
  NtCancelIoFileEx(device, &status, &unused);
}

// Of a connect that failed never 0: the socket itself need not know why any more.
std::uint16_t error_of(ULONG events, NTSTATUS status) {
  if ((events & connect_fail) != 0) {
    const auto* known = std::find_if(connect_errors.begin(), connect_errors.end(), [=](const ConnectError& each) {
      return each.status == static_cast<std::uint32_t>(status);
    });
    return static_cast<std::uint16_t>(known == connect_errors.end() ? WSAECONNREFUSED : known->code);
  }
  return (events & abort) != 0 ? WSAECONNRESET : 0;
}

}  // namespace eddy::driver::afd
