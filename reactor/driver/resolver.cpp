#include "reactor/driver/resolver.h"

#include <cerrno>

#include "reactor/forever.h"

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
  static const Forever<ResolverCategory> category;
  const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, found);
  if (error == EAI_SYSTEM) return {errno, std::system_category()};
  return {error, category.value};
}

}  // namespace eddy::driver
