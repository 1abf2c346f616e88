#include "reactor/driver/driver.h"

#include <array>
#include <cstdlib>
#include <stdexcept>

#include "reactor/driver/poller.h"
#include "reactor/driver/readiness_driver.h"
#include "reactor/loop.h"

namespace eddy {
namespace driver {
namespace {

struct Choice {
  std::string_view name;
  std::unique_ptr<Poller> (*make)();
};

// Best first.
constexpr std::array choices{
#ifdef __linux__
    Choice{"epoll", &make_epoll_poller},
#endif
#ifdef _WIN32
    Choice{"iocp", &make_iocp_poller},
#else
    Choice{"poll", &make_poll_poller},
#endif
};

}  // namespace

std::unique_ptr<Driver> make_driver(std::string_view name, Stats& stats, BlockPool& pool, std::string& reason) {
  reason = "asked for by LoopOptions::driver";
  if (name.empty()) {
    if (const char* wish = std::getenv("EDDY_DRIVER"); wish != nullptr && *wish != '\0') {
      name = wish;
      reason = "asked for by EDDY_DRIVER";
    }
  }
  if (!name.empty()) {
    for (const auto& choice : choices) {
      if (choice.name == name) return std::make_unique<ReadinessDriver>(stats, pool, choice.make());
    }
    std::string known;
    for (const auto each : driver_names()) known += (known.empty() ? "" : ", ") + std::string(each);
    throw std::invalid_argument("driver \"" + std::string(name) + "\": expected one of " + known);
  }
  std::string failures;
  for (const auto& choice : choices) {
    try {
      auto driver = std::make_unique<ReadinessDriver>(stats, pool, choice.make());
      reason = failures.empty() ? "the best one here" : "the next best: " + failures;
      return driver;
    } catch (const std::system_error& error) {
      failures += (failures.empty() ? "" : "; ") + std::string(choice.name) + ": " + error.what();
    }
  }
  throw std::runtime_error("no driver works: " + failures);
}

}  // namespace driver

std::vector<std::string_view> driver_names() {
  std::vector<std::string_view> names;
  for (const auto& choice : driver::choices) names.push_back(choice.name);
  return names;
}

}  // namespace eddy
