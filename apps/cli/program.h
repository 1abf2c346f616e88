// How every program of eddy's starts and fails: one line on stderr that names the input and what was expected, exit 2 for
// a command line that cannot be used, 1 for what goes wrong while running.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <stdexcept>
#include <string>

namespace cli {

inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;

// Thrown by a program's body for a bad command line that CLI11 did not find.
struct UsageError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

// Parses, then runs `body`, whose answer is the exit status. --help and --version print to stdout and exit with 0.
int run(CLI::App& app, int argc, const char* const* argv, const std::function<int()>& body);

// Reads an option with `parse`, a function from text that throws std::invalid_argument with what was expected.
template <class T, class Parse>
CLI::Option* add_quantity(CLI::App& app, const std::string& names, T& target, Parse parse, const std::string& help) {
  return app
      .add_option_function<std::string>(
          names,
          [&target, parse, names](const std::string& text) {
            try {
              target = parse(text);
            } catch (const std::invalid_argument& error) {
              throw UsageError(names + " " + text + ": " + error.what());
            }
          },
          help)
      ->type_name("");
}

}  // namespace cli
