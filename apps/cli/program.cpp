#include "apps/cli/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <reactor/error.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <system_error>

#include "apps/cli/to_stderr.h"

namespace cli {
namespace {

int fail(const CLI::App& app, int status, std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  to_stderr(fmt::format("{}: {}\n", app.get_name(), text));
  return status;
}

// A standard stream that is closed leaves its number to the first socket, which would get what is meant for people.
// Read-only, so that writing to it stays an error.
void occupy_standard_descriptors() {
  int descriptor = -1;
  do {
    descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  } while (descriptor >= 0 && descriptor < STDERR_FILENO);
  if (descriptor > STDERR_FILENO) ::close(descriptor);
}

}  // namespace

int run(CLI::App& app, int argc, const char* const* argv, const std::function<int()>& body) {
  occupy_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);  // who reads stderr may leave
  try {
    app.parse(argc, argv);
    return body();
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
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
