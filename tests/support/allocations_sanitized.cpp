// The sanitizers of clang have an operator new of their own, which finds what is freed by the wrong operator; they tell
// of each allocation instead.
#include <sanitizer/allocator_interface.h>

#include <atomic>

#include "allocations.h"

namespace {

std::atomic<std::uint64_t> count{0};

void allocated(const volatile void* /*memory*/, std::size_t /*size*/) { count.fetch_add(1, std::memory_order_relaxed); }
void freed(const volatile void* /*memory*/) {}

[[maybe_unused]] const int installed = __sanitizer_install_malloc_and_free_hooks(allocated, freed);

}  // namespace

namespace eddy::test {

FailingAllocation::FailingAllocation(std::uint64_t /*which*/) {}
FailingAllocation::~FailingAllocation() = default;
void FailingAllocation::end() {}
bool FailingAllocation::failed() const { return false; }
bool FailingAllocation::possible() { return false; }

std::uint64_t allocations() { return count.load(std::memory_order_relaxed); }

}  // namespace eddy::test
