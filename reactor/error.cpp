#include "reactor/error.h"

#include "reactor/forever.h"

namespace eddy {
namespace {

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "eddy"; }
  std::string message(int code) const override {
    switch (static_cast<Errc>(code)) {
      case Errc::aborted: return "aborted by this side";
      case Errc::connect_timeout: return "not connected before the deadline";
      case Errc::idle_timeout: return "idle for too long";
      case Errc::write_stalled: return "peer stopped taking data";
      case Errc::lifetime_ended: return "maximum lifetime reached";
      case Errc::drain_deadline: return "still open at the drain deadline";
      case Errc::input_limit: return "more unconsumed input than allowed";
      case Errc::output_limit: return "more queued output than allowed";
      case Errc::callback_threw: return "an exception left a callback";
      case Errc::consumed_too_much: return "on_data claimed more bytes than it was given";
      case Errc::loop_gone: return "the loop was destroyed";
      case Errc::message_too_long: return "message longer than allowed";
      case Errc::malformed_message: return "malformed message";
      case Errc::bad_address: return "bad address";
      case Errc::not_a_socket: return "the path exists and is not a socket (expected a free path, or a socket's file)";
      case Errc::released: return "the socket was given away";
      case Errc::datagram_too_long: return "a datagram that arrived was longer than 64 KiB, and was dropped";
      case Errc::output_cut: return "closed before the peer had acknowledged all that was sent";
    }
    return "unknown eddy error " + std::to_string(code);
  }
};

}  // namespace

const std::error_category& error_category() noexcept {
  static const Forever<Category> category;
  return category.value;
}

}  // namespace eddy
