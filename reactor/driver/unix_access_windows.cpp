#include "reactor/driver/unix_access.h"

namespace eddy::driver {

void withhold_access(NativeSocket /*socket*/, const UnixFileOptions& /*options*/) {}

std::error_code grant_access(const Address& /*address*/, const UnixFileOptions& options) {
  if (!options.mode && !options.user && !options.group) return {};
  return std::make_error_code(std::errc::operation_not_supported);
}

std::optional<PeerCredentials> peer_credentials_of(NativeSocket /*socket*/) { return {}; }

}  // namespace eddy::driver
