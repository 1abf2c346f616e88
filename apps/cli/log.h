// What a server writes to stderr while it runs: one line an event, with the time. From every thread.
#pragma once

#include <reactor/observer.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace cli {

enum class LogLevel { off, error, info, debug };

class Log : public eddy::Observer {
 public:
  // `limit` is what the program calls the number of connections that may be open.
  explicit Log(LogLevel level, std::string limit = "--max-connections") : level_(level), limit_(std::move(limit)) {}

  LogLevel level() const { return level_.load(std::memory_order_relaxed); }
  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }

  void opened(const eddy::Connection& connection) override;
  void closed(const eddy::Connection& connection, std::error_code why) override;
  void refused(const eddy::Address& listener) override;
  void accept_failed(const eddy::Address& listener, std::error_code why, bool shed) override;
  void datagram_failed(const eddy::Address& socket, std::error_code why) override;
  void wait_failed(std::error_code why) override;
  void exception(std::string_view what) override;

  // Writes what is no printable ASCII as \xNN (printable.h). Waits for nobody: what stderr cannot take at once is
  // dropped, and the next line that it takes tells how many were.
  void write(LogLevel level, std::string_view text) const;

 private:
  std::atomic<LogLevel> level_;
  const std::string limit_;
  mutable std::mutex mutex_;
  mutable std::uint64_t dropped_ = 0;
};

// For a service by UDP that answers more than it is asked: says so when strangers can reach it at that address.
// `what_happens` goes on after "datagrams with a forged sender".
void warn_of_forged_senders(const Log& log, const eddy::Address& served, std::string_view what_happens);

}  // namespace cli
