// EDDY_LIFETIMEBOUND: the result refers to this parameter or, behind a member function's parameters, to the object.
// clang then warns where that is a temporary that is gone before the result is used; other compilers do not know it.
#pragma once

#if defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::lifetimebound)
#define EDDY_LIFETIMEBOUND [[clang::lifetimebound]]
#endif
#endif
#ifndef EDDY_LIFETIMEBOUND
#define EDDY_LIFETIMEBOUND
#endif
