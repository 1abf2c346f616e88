// Who may use a Unix socket: the rights of its file, and who its peer is.
#pragma once

#include <optional>
#include <system_error>

#include "reactor/address.h"
#include "reactor/driver/endpoint.h"
#include "reactor/options.h"
#include "reactor/peer_credentials.h"

namespace eddy::driver {

// Before bind: what bind makes is to have no rights at all until grant_access, where the system can do that.
void withhold_access(NativeSocket socket, const UnixFileOptions& options);
// Gives the file at `address` its owner and mode. operation_not_supported when there is something to be given, and the
// address has no file or the system no such rights.
std::error_code grant_access(const Address& address, const UnixFileOptions& options);

// Empty when the socket is no Unix stream, or the system does not tell.
std::optional<PeerCredentials> peer_credentials_of(NativeSocket socket);

}  // namespace eddy::driver
