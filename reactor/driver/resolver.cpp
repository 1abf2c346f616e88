#include "reactor/driver/resolver.h"

#include <cerrno>

namespace eddy::driver {
namespace {

// getaddrinfo's own error codes.
class ResolverCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "resolver"; }
  std::string message(int code) const override { return gai_strerror(code); }
};

}  // namespace

std::error_code look_up(const std::string& host, const std::string& port, const addrinfo& hints, addrinfo** found) {
  // Never destroyed: error codes are read until the last static object has gone.
  static const ResolverCategory& category = *new ResolverCategory;
  const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, found);
  if (error == EAI_SYSTEM) return {errno, std::system_category()};
  return {error, category};
}

}  // namespace eddy::driver
