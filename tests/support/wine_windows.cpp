#include <windows.h>

#include "wine.h"

namespace eddy::test {

bool under_wine() { return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != nullptr; }

}  // namespace eddy::test
