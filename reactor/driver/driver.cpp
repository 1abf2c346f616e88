#include "reactor/driver/driver.h"

#include <cstdlib>
#include <stdexcept>

#include "reactor/driver/pipe.h"
#include "reactor/driver/poller.h"
#include "reactor/driver/readiness_driver.h"
#include "reactor/driver/taken_socket.h"
#include "reactor/loop.h"
#ifdef EDDY_HAS_URING
#include "reactor/driver/uring/probe.h"
#include "reactor/driver/uring/uring_driver.h"
#endif

namespace eddy {
namespace driver {
namespace {

struct Choice {
  std::string_view name;
  std::unique_ptr<Driver> (*make)(Stats&, BlockPool&);  // throws when it cannot be had
};

template <std::unique_ptr<Poller> (*make_poller)()>
std::unique_ptr<Driver> readiness(Stats& stats, BlockPool& pool) {
  return std::make_unique<ReadinessDriver>(stats, pool, make_poller());
}

#ifdef EDDY_HAS_URING
std::unique_ptr<Driver> uring(Stats& stats, BlockPool& pool) {
  if (const auto reason = uring_unavailable(); !reason.empty()) throw std::runtime_error(reason);
  try {
    return std::make_unique<UringDriver>(stats, pool);
  } catch (const std::system_error& error) {
    throw std::runtime_error(explain(error));
  }
}
#endif

// Best first.
constexpr Choice choices[] = {
#ifdef __linux__
    {"epoll", &readiness<make_epoll_poller>},
#ifdef EDDY_HAS_URING
    {"io_uring", &uring},
#endif
#endif
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)
    {"kqueue", &readiness<make_kqueue_poller>},
#endif
#ifdef _WIN32
    {"iocp", &readiness<make_iocp_poller>},
#else
    {"poll", &readiness<make_poll_poller>},
#endif
};

std::string failure(const Choice& choice, const std::exception& error) {
  return std::string(choice.name) + ": " + error.what();
}

}  // namespace

std::error_code Driver::take(Stream& stream, OwnedSocket socket) {
  stream.pipe = pipe_directions(socket.get());
  if (stream.is_pipe()) {
    const auto error = make_ours(socket.get());
    return error ? error : adopt(stream, socket.release());
  }
  Address local;
  if (const auto error = prepare_taken(socket.get(), Role::connected, local, stream.wants_descriptors)) return error;
  stream.is_tcp = local.is_ip();
  return adopt(stream, socket.release());
}

std::size_t Driver::unacknowledged(const Stream& stream) const {
  return stream.is_tcp ? unacknowledged_output(stream.socket) : 0;
}

std::unique_ptr<Driver> make_driver(std::string_view name, Stats& stats, BlockPool& pool, std::string& reason) {
  std::string_view asked_by = "LoopOptions::driver";
  if (name.empty()) {
    if (const char* wish = std::getenv("EDDY_DRIVER"); wish != nullptr && *wish != '\0') {
      name = wish;
      asked_by = "EDDY_DRIVER";
    }
  }
  reason = "asked for by " + std::string(asked_by);
  if (!name.empty()) {
    for (const auto& choice : choices) {
      if (choice.name != name) continue;
      try {
        return choice.make(stats, pool);
      } catch (const std::exception& error) {
        throw std::runtime_error(failure(choice, error));
      }
    }
    std::string known;
    for (const auto each : driver_names()) known += (known.empty() ? "" : ", ") + std::string(each);
    throw std::invalid_argument(std::string(asked_by) + " \"" + std::string(name) + "\": expected one of " + known);
  }
  std::string failures;
  for (const auto& choice : choices) {
    try {
      auto driver = choice.make(stats, pool);
      reason = failures.empty() ? "the best one here" : "the next best: " + failures;
      return driver;
    } catch (const std::exception& error) {
      failures += (failures.empty() ? "" : "; ") + failure(choice, error);
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

std::string why_unavailable(std::string_view driver) {
  try {
    const Loop loop({.driver = std::string(driver)});
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace eddy
