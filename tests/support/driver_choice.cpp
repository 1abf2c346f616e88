#include "driver_choice.h"

#include <reactor/loop.h>

#include <map>

namespace eddy::test {

std::vector<std::string> all_drivers() {
  std::vector<std::string> names;
  for (const auto name : driver_names()) names.emplace_back(name);
  return names;
}

const std::string& why_not(const std::string& driver) {
  static std::map<std::string, std::string> reasons;
  const auto known = reasons.find(driver);
  return known != reasons.end() ? known->second : reasons.emplace(driver, why_unavailable(driver)).first->second;
}

const std::string& driver_or_other(const std::string& driver) {
  static const auto names = all_drivers();
  if (why_not(driver).empty()) return driver;
  for (const auto& other : names) {
    if (why_not(other).empty()) return other;
  }
  return driver;
}

}  // namespace eddy::test
