// What eddy-cache writes to stderr while it runs: one line an event. Errors always, connections at level 1 (-v),
// commands at level 2 (-vv). From every thread.
#pragma once

#include <protocols/memcache.h>
#include <reactor/id.h>
#include <reactor/observer.h>

#include <atomic>
#include <string_view>
#include <system_error>

namespace cache {

class Log final : public eddy::Observer {
 public:
  explicit Log(int level) : level_(level) {}

  int level() const { return level_.load(std::memory_order_relaxed); }
  void set_level(int level) { level_.store(level, std::memory_order_relaxed); }

  void opened(const eddy::Connection& connection) override;
  void closed(const eddy::Connection& connection, std::error_code why) override;
  void refused(const eddy::Address& listener) override;
  void accept_failed(const eddy::Address& listener, std::error_code why, bool shed) override;
  void datagram_failed(const eddy::Address& socket, std::error_code why) override;
  void exception(std::string_view what) override;
  void command(eddy::Id connection, const eddy::memcache::Command& command) const;

 private:
  std::atomic<int> level_;
};

}  // namespace cache
