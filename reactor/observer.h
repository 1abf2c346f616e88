// Observer: told what happens, for logging and tracing. Set LoopOptions::observer; while it is null each event costs
// one comparison. Every function runs on the loop's thread, inside the loop's own work: read, count, log, but do not
// call back into the connection, and do not throw.
#pragma once

#include <string_view>
#include <system_error>

namespace eddy {

class Address;
class Connection;

class Observer {
 public:
  virtual ~Observer() = default;

  virtual void listening(const Address& /*where*/) {}
  virtual void opened(const Connection& /*connection*/) {}
  // Just before on_close. An empty error is a clean end.
  virtual void closed(const Connection& /*connection*/, std::error_code /*why*/) {}
  // One was closed at once: max_connections or its host's limit was reached, or the listener's factory refused it.
  virtual void refused(const Address& /*listener*/) {}
  // accept failed, and not for the same reason as the last time: what lasts is told once (Stats::accept_errors counts
  // each). `shed`: one waiting connection was closed by way of the reserve descriptor (contract 10).
  virtual void accept_failed(const Address& /*listener*/, std::error_code /*why*/, bool /*shed*/) {}
  // A datagram could not be sent or received, or was too long (datagram.h, on_error).
  virtual void datagram_failed(const Address& /*socket*/, std::error_code /*why*/) {}
  // The system had no memory for the loop's wait. The loop tries again after a short time (Stats::wait_errors).
  virtual void wait_failed(std::error_code /*why*/) {}
  // An exception left a callback; `what` is its text.
  virtual void exception(std::string_view /*what*/) {}
};

}  // namespace eddy
