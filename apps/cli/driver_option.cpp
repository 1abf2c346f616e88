#include "apps/cli/driver_option.h"

#include <fmt/format.h>
#include <reactor/loop.h>

#include <algorithm>

#include "apps/cli/program.h"

namespace cli {
namespace {

std::string known_drivers(std::string_view last) {
  const auto names = eddy::driver_names();
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text.append(i == 0 ? "" : i + 1 == names.size() ? last : ", ").append(names[i]);
  }
  return text;
}

std::string table_of_drivers() {
  std::string text;
  for (const auto name : eddy::driver_names()) {
    const auto reason = eddy::why_unavailable(name);
    text += fmt::format("{:<10} {}\n", name, reason.empty() ? "available" : "not available: " + reason);
  }
  text.pop_back();  // the last line's end is written with it
  return text;
}

}  // namespace

void add_driver_options(CLI::App& app, std::string& driver) {
  add_quantity(
      app, "--driver", driver,
      [](const std::string& text) {
        const auto names = eddy::driver_names();
        if (std::find(names.begin(), names.end(), text) == names.end()) {
          throw std::invalid_argument("expected " + known_drivers(" or "));
        }
        return text;
      },
      known_drivers(" or ") + " [the first that works here]")
      ->type_name("NAME");
  app.add_flag_callback(
      "--drivers", [] { throw CLI::CallForVersion(table_of_drivers(), 0); },
      "Say for each driver whether it is available here, and end");
}

}  // namespace cli
