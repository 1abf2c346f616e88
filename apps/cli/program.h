// How every program of eddy's starts and fails: one line on stderr that names the input and what was expected, exit 2
// for a command line that cannot be used, 1 for what goes wrong while running.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cli {

inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;

// A bad command line that CLI11 itself does not find.
struct UsageError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

// Parses, then runs `body`, whose answer is the exit status. --help and --version print to stdout and exit with 0.
int run(CLI::App& app, int argc, const char* const* argv, const std::function<int()>& body);

// "-l,--listen" -> "--listen", for messages.
inline std::string long_name(const std::string& names) {
  const auto comma = names.rfind(',');
  return comma == std::string::npos ? names : names.substr(comma + 1);
}

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
              throw UsageError(long_name(names) + " " + text + ": " + error.what());
            }
          },
          help)
      ->type_name("");
}

// Reads one of several names.
template <class T>
struct Choice {
  std::string_view name;
  T value;
};

template <class T, std::size_t N>
CLI::Option* add_choice(CLI::App& app, const std::string& name, T& target, const Choice<T> (&choices)[N],
                        const std::string& help) {
  const auto parse = [&choices](std::string_view text) {
    std::string expected = "expected";
    for (std::size_t i = 0; i < N; ++i) {
      if (text == choices[i].name) return choices[i].value;
      expected.append(i == 0 ? " " : i + 1 == N ? " or " : ", ").append(choices[i].name);
    }
    throw std::invalid_argument(expected);
  };
  return add_quantity(app, name, target, parse, help)->type_name("NAME");
}

}  // namespace cli
