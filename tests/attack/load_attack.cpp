#include "load_attack.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "child.h"
#include "hostile_server.h"
#include "random.h"
#include "temporary_folder.h"

namespace attack {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t runs_at_once = 3;
constexpr eddy::Duration run_limit = 40s;
constexpr const char* workload_names[] = {"echo", "line", "frames", "cache", "http", "chat"};

struct LoadRun {
  Workload workload = Workload::echo;
  std::string listen;
  std::vector<std::string> arguments;  // without the command, its URL and the files
  std::vector<std::string> outputs;    // of --json and others
};

void add_random_options(LoadRun& run, Random& random) {
  auto& all = run.arguments;
  const auto add = [&](std::initializer_list<std::string> more) { all.insert(all.end(), more); };
  const auto connections = random.between(1, 8);
  add({"-c", std::to_string(connections), "-d", "700ms", "--timeout", "700ms", "--grace", "500ms", "--connect-timeout",
       "1s", "--seed", std::to_string(random.below(1000))});
  if (random.one_in(3)) add({"--rate", "300"});
  if (run.workload == Workload::chat) return add({"--join-timeout", "1s"});
  run.outputs = {"--html", "--csv", "--hdr"};
  const bool datagrams = run.listen.starts_with("udp") || run.listen.starts_with("unixgram");
  if (random.one_in(3)) add({"--pipeline", std::to_string(random.between(2, 8))});
  if (connections > 1 && random.one_in(4)) {
    add({"--threads", "2"});
  } else if (random.one_in(4)) {
    add({"--live", "--interval", "200ms"});
  }
  if (datagrams) return;
  if (random.one_in(5)) add({"--hostile", "slow-read:1,reset:1,never-finish:1"});
  if (random.one_in(6)) {
    add({"--lifetime", "100ms"});
  } else if (random.one_in(4) && std::find(all.begin(), all.end(), "--pipeline") == all.end()) {
    add({"--churn"});
  }
  switch (run.workload) {
    case Workload::line:
      add({"--request", "hello {conn} {seq} {hex:8}"});
      if (random.one_in(2))
        add({"--expect", "hello {conn} {seq} {hex:8}"});
      else if (random.one_in(2))
        add({"--expect-regex", "^(h|e)*.*[0-9a-f]+$"});
      break;
    case Workload::frames: add({"--prefix", random.one_in(2) ? "4" : random.one_in(2) ? "8" : "2"}); break;
    case Workload::cache:
      if (random.one_in(2)) add({"--verify"});
      if (random.one_in(3)) add({"--preload", "--keys", "100"});
      break;
    case Workload::http:
      if (random.one_in(2)) add({"--verify-body", "hello"});
      if (random.one_in(4)) add({"--method", "HEAD"});
      break;
    default: break;
  }
}

LoadRun random_run(Random& random, const std::filesystem::path& folder) {
  LoadRun run;
  run.workload = static_cast<Workload>(random.below(std::size(workload_names)));
  run.listen = "tcp://127.0.0.1:0";
  if (run.workload == Workload::echo) {
    constexpr const char* kinds[] = {"tcp://127.0.0.1:0", "udp://127.0.0.1:0", "unix:", "unixgram:"};
    run.listen = random.pick(kinds);
  } else if (run.workload != Workload::http && random.one_in(4)) {
    run.listen = "unix:";
  }
  if (run.listen.starts_with("unix")) run.listen += (folder / "socket").string();
  add_random_options(run, random);
  // HEAD has no body to verify.
  auto& all = run.arguments;
  if (std::find(all.begin(), all.end(), "HEAD") != all.end()) {
    if (const auto at = std::find(all.begin(), all.end(), "--verify-body"); at != all.end()) all.erase(at, at + 2);
  }
  return run;
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What is wrong with the file that eddy-load wrote.
std::string file_complaint(const std::string& option, std::string text, std::optional<int> status) {
  if (option == "--csv") std::erase(text, '\r');  // its lines end so
  if (const auto at = find_control(text); at != std::string::npos) {
    return fmt::format("{} has a control character: {}", option, escaped(text.substr(at < 100 ? 0 : at - 100, 200)));
  }
  if (option != "--json") return {};
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return "--json is no JSON: " + escaped(text.substr(0, 2000));
  if (!json.contains("ok") || !json["ok"].is_boolean()) return "--json does not say whether all is ok";
  if (json["ok"].get<bool>() != (status == 0)) return "--json says something else than the exit status";
  return {};
}

std::string complaint_of(Child& load, const LoadRun& run, const std::filesystem::path& folder) {
  if (const auto report = load.report(); !report.empty()) return "it reports:\n" + escaped(report);
  if (load.status() != 0 && load.status() != 1)
    return fmt::format("it {}: {}", load.how_it_ended(), escaped(load.err()));
  if (const auto text = load.control_characters(); !text.empty())
    return "it wrote control characters: " + escaped(text);
  if (load.out().empty() && load.err().empty()) return "it said nothing";
  auto files = run.outputs;
  files.push_back("--json");
  for (const auto& each : files) {
    const auto text = content_of(folder / each.substr(2));
    if (auto complaint = file_complaint(each, text, load.status());
        !complaint.empty() && (!text.empty() || each == "--json")) {
      return complaint;
    }
  }
  return {};
}

std::string make_run(const Options& options, std::uint64_t number, Totals& totals) {
  const TemporaryFolder folder;
  Random random(options.seed, number);
  const auto run = random_run(random, folder.path());
  HostileServer server(run.workload, eddy::Address::parse(run.listen), random, totals);
  auto url = server.address().to_string();
  if (run.workload == Workload::http) url = "http" + url.substr(3) + "/";
  std::vector<std::string> command{options.program, workload_names[static_cast<int>(run.workload)], url};
  command.insert(command.end(), run.arguments.begin(), run.arguments.end());
  if (!options.driver.empty()) command.insert(command.end(), {"--driver", options.driver});
  for (const auto& each : run.outputs) command.insert(command.end(), {each, (folder.path() / each.substr(2)).string()});
  command.insert(command.end(), {"--json", (folder.path() / "json").string()});

  Child load(command);
  ++totals.runs;
  const auto end = std::chrono::steady_clock::now() + run_limit;
  while (load.running() && std::chrono::steady_clock::now() < end) server.turn(10ms);
  auto complaint = load.running() ? "it does not end" : complaint_of(load, run, folder.path());
  if (complaint.empty()) return {};
  return fmt::format("run {}, a server that {}: {}\n  {}", number, server.manners(), fmt::join(command, " "),
                     complaint);
}

}  // namespace

void attack_load(const Options& options, Totals& totals, Findings& findings) {
  const auto end = std::chrono::steady_clock::now() + options.time;
  std::atomic<std::uint64_t> next = options.first;
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < runs_at_once; ++i) {
    workers.emplace_back([&] {
      while (std::chrono::steady_clock::now() < end && !findings.any()) {
        const auto number = next++;
        if (number > options.last) return;
        try {
          if (const auto found = make_run(options, number, totals); !found.empty()) findings.add(found);
        } catch (const std::exception& error) {
          findings.add(fmt::format("run {} could not be made: {}", number, error.what()));
        }
      }
    });
  }
  for (auto& each : workers) each.join();
}

}  // namespace attack
