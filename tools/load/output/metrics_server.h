// MetricsServer: tells a run's figures to Prometheus while it goes on. HTTP/1.1 on the run's own loop, for this machine
// alone, one request a connection. An answer takes the loop some tens of microseconds.
#pragma once

#include <reactor/listener.h>

#include <cstdint>
#include <memory>
#include <string>

#include "../ledger.h"

namespace load {

// The figures of the run so far, in Prometheus's text format (version 0.0.4).
std::string metrics(const Ledger& ledger);

class MetricsServer {
 public:
  // Listens on 127.0.0.1; port 0 is a free one. Throws std::system_error that names the address.
  MetricsServer(const Ledger& ledger, std::uint16_t port);

  const eddy::Address& address() const { return listener_.address(); }

  // What the loop counted for it, which is none of the run's.
  std::uint64_t bytes_in() const { return bytes_in_; }
  std::uint64_t bytes_out() const { return bytes_out_; }

 private:
  struct Session {
    MetricsServer* server;
    std::uint64_t counted = 0;

    std::size_t on_data(eddy::Connection& peer, eddy::Bytes in);
  };

  std::string answer(std::string_view request) const;

  const Ledger& ledger_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  eddy::Listener<Session> listener_;
};

}  // namespace load
