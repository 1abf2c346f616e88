// A libFuzzer target for one of the codecs; the build says which (EDDY_FUZZ_CHECK).
#include <cstdint>
#include <cstdlib>

#include "../protocols/differential.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (!eddy::test::EDDY_FUZZ_CHECK({reinterpret_cast<const char*>(data), size})) std::abort();
  return 0;
}
