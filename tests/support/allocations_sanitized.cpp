// The sanitizers of clang have an operator new of their own, which finds what is freed by the wrong operator. They tell
// of each allocation; and the linker leads those of the test program, with the engine in it, by here (--wrap, see
// ../CMakeLists.txt), where they can be made to fail. Those within the standard library cannot.
#include <sanitizer/allocator_interface.h>

#include <atomic>
#include <cstddef>
#include <new>

#include "allocations.h"

namespace {

std::atomic<std::uint64_t> count{0};
std::atomic<std::uint64_t> left_to_failure{0};  // 0: none is to fail
std::atomic<bool> has_failed{false};

void allocated(const volatile void* /*memory*/, std::size_t /*size*/) { count.fetch_add(1, std::memory_order_relaxed); }
void freed(const volatile void* /*memory*/) {}

[[maybe_unused]] const int installed = __sanitizer_install_malloc_and_free_hooks(allocated, freed);

void fail_when_due() {
  if (left_to_failure.load(std::memory_order_relaxed) == 0 || left_to_failure.fetch_sub(1) != 1) return;
  has_failed = true;
  throw std::bad_alloc();
}

}  // namespace

namespace eddy::test {

FailingAllocation::FailingAllocation(std::uint64_t which) {
  has_failed = false;
  left_to_failure = which;
}
FailingAllocation::~FailingAllocation() { end(); }
void FailingAllocation::end() { left_to_failure = 0; }
bool FailingAllocation::failed() const { return has_failed; }

std::uint64_t allocations() { return count.load(std::memory_order_relaxed); }

}  // namespace eddy::test

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names, of operator new and its forms
extern "C" {
void* __real__Znwm(std::size_t size);
void* __real__Znam(std::size_t size);
void* __real__ZnwmSt11align_val_t(std::size_t size, std::align_val_t alignment);
void* __real__ZnamSt11align_val_t(std::size_t size, std::align_val_t alignment);

void* __wrap__Znwm(std::size_t size) {
  fail_when_due();
  return __real__Znwm(size);
}
void* __wrap__Znam(std::size_t size) {
  fail_when_due();
  return __real__Znam(size);
}
void* __wrap__ZnwmSt11align_val_t(std::size_t size, std::align_val_t alignment) {
  fail_when_due();
  return __real__ZnwmSt11align_val_t(size, alignment);
}
void* __wrap__ZnamSt11align_val_t(std::size_t size, std::align_val_t alignment) {
  fail_when_due();
  return __real__ZnamSt11align_val_t(size, alignment);
}
}
// NOLINTEND(bugprone-reserved-identifier)
