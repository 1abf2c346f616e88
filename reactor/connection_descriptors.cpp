// Connection's descriptors: those that it passes over a Unix socket, and those that arrive.
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "reactor/connection.h"
#include "reactor/driver/descriptor_passing.h"
#include "reactor/loop_core.h"

namespace eddy {

void Connection::check_descriptors(Bytes data, std::span<const OwnedDescriptor> descriptors) const {
  const auto what = [&] {
    return "eddy: send of " + std::to_string(descriptors.size()) + " descriptors with " + std::to_string(data.size()) +
           " bytes: expected ";
  };
  if (data.empty()) throw std::invalid_argument(what() + "at least 1 byte, which they go with");
  if (descriptors.empty() || descriptors.size() > driver::most_descriptors) {
    throw std::invalid_argument(what() + "1 to " + std::to_string(driver::most_descriptors) + " descriptors");
  }
  for (const auto& each : descriptors) {
    if (!each) throw std::invalid_argument(what() + "no empty OwnedDescriptor among them");
  }
  if (is_tcp || is_pipe() || !driver::passes_descriptors) {
    throw std::system_error(std::make_error_code(std::errc::operation_not_supported),
                            what() + (is_tcp || is_pipe() ? "a Unix socket" : "a system that passes descriptors"));
  }
}

SendResult Connection::send(Bytes data, OwnedDescriptor&& descriptor) { return queue(data, {&descriptor, 1}); }

SendResult Connection::send(Bytes data, std::vector<OwnedDescriptor>&& descriptors) {
  const auto result = queue(data, descriptors);
  if (result != SendResult::refused) descriptors.clear();
  return result;
}

SendResult Connection::queue(Bytes data, std::span<OwnedDescriptor> descriptors) {
  check_descriptors(data, descriptors);
  core().assert_thread();
  if (!may_queue(data.size(), data.size())) return SendResult::refused;
  try {
    output.append(data, descriptors, core().pool);
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
  return accepted();
}

void Connection::stream_descriptors(std::vector<OwnedDescriptor> descriptors, Bytes data) {
  open_adopted();
  note_received(data.size());
  take_over();
  if (flow_.life == Flow::Life::open) {
    // The session may give the connection away when it gets them, and the bytes go along then.
    keep(data, input_ != nullptr);
    if (flow_.life == Flow::Life::open && table_->on_descriptors != nullptr) {
      call_back([&] { table_->on_descriptors(*this, std::move(descriptors)); });
    }
    if (flow_.life == Flow::Life::open && flow_.receiving && input_ != nullptr) offer_kept();
  }
  process();
}

}  // namespace eddy
