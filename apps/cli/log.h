// What a server writes to stderr while it runs: one line an event, with the time.
#pragma once

#include <reactor/observer.h>

#include <string>
#include <string_view>
#include <system_error>

namespace cli {

enum class LogLevel { off, error, info, debug };

class Log final : public eddy::Observer {
 public:
  explicit Log(LogLevel level) : level_(level) {}

  void opened(const eddy::Connection& connection) override;
  void closed(const eddy::Connection& connection, std::error_code why) override;
  void refused(const eddy::Address& listener) override;
  void accept_failed(const eddy::Address& listener, std::error_code why, bool shed) override;
  void datagram_failed(const eddy::Address& socket, std::error_code why) override;
  void exception(std::string_view what) override;

  void write(LogLevel level, std::string_view text) const;

 private:
  LogLevel level_;
};

}  // namespace cli
