// Outer: somebody else's loop that turns ours, by the adapters of examples/embedding.
#pragma once

#include <reactor/loop.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace eddy::test {

class Outer {
 public:
  virtual ~Outer() = default;
  // Runs the outer loop until the condition holds. False when nothing has woken it for 30 s.
  virtual bool run_until(const std::function<bool()>& condition) = 0;
};

// "poll", and "glib" and "libuv" where these libraries were there when this was built.
std::vector<std::string> outer_loops();
std::unique_ptr<Outer> make_outer(const std::string& name, Loop& inner);

}  // namespace eddy::test
