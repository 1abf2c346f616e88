// Watch: readiness of a descriptor that somebody else owns, such as another library's socket. From Loop::watch.
#pragma once

#include <cstdint>
#include <memory>

namespace eddy {

enum class Interest : std::uint8_t { none = 0, read = 1, write = 2, both = 3 };

struct Ready {
  bool read = false;   // reading will not block; also at end of file
  bool write = false;  // writing will not block
  bool error = false;  // an error or hang-up is pending: a call will say which
};

class WatchedDescriptor;

// Movable handle of the loop's thread; destroying it stops the callbacks, also from inside its own. It goes before the
// descriptor is closed: a number may be another's a moment later. It must not outlive the loop: ~Loop names one that
// does, which never calls again.
class [[nodiscard]] Watch {
 public:
  Watch() noexcept;
  Watch(Watch&&) noexcept;
  Watch& operator=(Watch&&) noexcept;
  ~Watch();

  // Throws std::system_error when the system cannot watch it any more.
  void set_interest(Interest interest);
  explicit operator bool() const { return watched_ != nullptr; }

 private:
  friend class Loop;
  explicit Watch(std::unique_ptr<WatchedDescriptor> watched);
  std::unique_ptr<WatchedDescriptor> watched_;
};

}  // namespace eddy
