// The drivers that tests are parameterised by: all that are built in. One that this machine does not allow is skipped,
// with the reason.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eddy::test {

std::vector<std::string> all_drivers();

// Empty when that driver can be had here.
const std::string& why_not(const std::string& driver);
// That driver, or another one so that a fixture can be made whose test is skipped.
const std::string& driver_or_other(const std::string& driver);

// The first member or base of a fixture: then the test is skipped where the driver cannot be had.
class SkipWithout {
 public:
  explicit SkipWithout(const std::string& driver) { check(driver); }

 private:
  static void check(const std::string& driver) {
    if (!why_not(driver).empty()) GTEST_SKIP() << why_not(driver);
  }
};

// For tests of what each driver has to keep: TEST_P, and INSTANTIATE_TEST_SUITE_P with `each_driver()` and `driver_of`.
class OnDriver : public testing::TestWithParam<std::string> {
 protected:
  static const std::string& driver() { return driver_or_other(GetParam()); }

 private:
  const SkipWithout skip_{GetParam()};
};

inline auto each_driver() { return testing::ValuesIn(all_drivers()); }
inline std::string driver_of(const testing::TestParamInfo<std::string>& test) { return test.param; }

}  // namespace eddy::test
