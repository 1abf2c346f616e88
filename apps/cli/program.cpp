#include "apps/cli/program.h"

#include <fmt/format.h>
#include <reactor/error.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

#include "apps/cli/process.h"
#include "apps/cli/to_stderr.h"

namespace cli {
namespace {

int fail(const CLI::App& app, int status, std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  to_stderr(fmt::format("{}: {}\n", app.get_name(), text));
  return status;
}

// Of arguments that nothing takes the option is the one that was mistyped; what stands behind it may be its value.
std::string too_much(const std::vector<std::string>& arguments) {
  const auto option = std::find_if(arguments.begin(), arguments.end(),
                                   [](const std::string& each) { return each.size() > 1 && each.front() == '-'; });
  if (option != arguments.end()) return *option + ": no such option";
  return arguments.front() + ": expected no more arguments";
}

}  // namespace

int run(CLI::App& app, int argc, const char* const* argv, const std::function<int()>& body) {
  occupy_standard_descriptors();
  ignore_broken_pipes();
  try {
    app.parse(argc, argv);
    return body();
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::ExtrasError&) {
    return fail(app, exit_usage, too_much(app.remaining(true)) + "; see --help");
  } catch (const CLI::ParseError& error) {
    return fail(app, exit_usage, std::string(error.what()) + "; see --help");
  } catch (const std::invalid_argument& error) {
    // Ours, or the library's answer to a setting: an unknown driver, for instance.
    return fail(app, exit_usage, error.what());
  } catch (const std::system_error& error) {
    // An address that cannot be read is the command line's fault, whoever found it.
    return fail(app, error.code() == eddy::Errc::bad_address ? exit_usage : exit_failure, error.what());
  } catch (const std::exception& error) {
    return fail(app, exit_failure, error.what());
  }
}

}  // namespace cli
