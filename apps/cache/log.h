// What eddy-cache writes to stderr while it runs: errors always, connections at verbosity 1 (-v), commands at 2 (-vv).
#pragma once

#include <apps/cli/log.h>
#include <protocols/memcache.h>
#include <reactor/id.h>

#include <atomic>

namespace cache {

class Log final : public cli::Log {
 public:
  explicit Log(int verbosity)
      : cli::Log(level_of(verbosity), "as many as -c or --clients-per-host allows"),
        most_(verbosity),
        verbosity_(verbosity) {}

  int verbosity() const { return verbosity_.load(std::memory_order_relaxed); }
  // At most what it began with: who runs the server decides how much strangers may write to its disk.
  void set_verbosity(int verbosity);

  // `from` is a connection, or the socket of a datagram.
  void command(eddy::Id from, const eddy::memcache::Command& command) const;

 private:
  static cli::LogLevel level_of(int verbosity) { return verbosity > 0 ? cli::LogLevel::debug : cli::LogLevel::error; }

  const int most_;
  std::atomic<int> verbosity_;
};

}  // namespace cache
