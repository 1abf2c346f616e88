#pragma once

namespace eddy::test {

// Wine is no Windows: where it is known to break a promise of Windows', a test says so and skips.
bool under_wine();

}  // namespace eddy::test
