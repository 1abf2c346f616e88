// Descriptors, for tests of what is about those of Unix.
#pragma once

#include <reactor/address.h>

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <system_error>

namespace eddy::test {

// Non-blocking, the end to read from first; the tests close both.
std::array<int, 2> open_pipe();

// Sends a message with open descriptors attached on a Unix socket: to `receiver`, or to the peer that it is connected
// to.
void send_with_descriptors(int socket, std::string text, std::initializer_list<int> attached,
                           std::optional<Address> receiver = {});
// The same where it may fail.
std::error_code try_to_attach(int socket, std::string text, std::initializer_list<int> attached,
                              std::optional<Address> receiver = {});
// Whether this system lets a Unix socket refuse them (Linux 6.16).
bool may_refuse_descriptors();

// How many this process has open.
std::size_t open_descriptors();
// The one that the next open would get.
int next_descriptor();

// Allows this process at least `wanted` descriptors, or as many as the system gives it. Returns how many it may have.
std::size_t allow_descriptors(std::size_t wanted);

// The lowest free descriptor number and the next ones, `free` in all, may be used while this lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(std::size_t free);
  ~DescriptorLimit();
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  static void set(std::size_t soft);
  std::size_t before_;
};

}  // namespace eddy::test
