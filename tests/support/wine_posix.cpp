#include "wine.h"

namespace eddy::test {

bool under_wine() { return false; }

}  // namespace eddy::test
