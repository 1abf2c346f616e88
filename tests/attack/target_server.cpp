#include "target_server.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "sessions.h"

namespace attack {
namespace {

using namespace std::chrono_literals;

constexpr eddy::Duration start_limit = 60s;

// The first one is what the server starts with; the last two cannot be used. None of them shuts the good clients out.
constexpr const char* configurations[] = {
    "motd Welcome.\n",
    "flood_rate 60\nflood_burst 30\nflood_messages 50\nmotd Slower.\n",
    "clients_per_host 20\nunregistered_per_host 5\nmotd Fewer.\nlist_entries 5\nwhowas_entries 3\n",
    "without_capability batch\nwithout_capability server-time\nnick_length 9\nchannel_length 20\ntopic_length 20\n",
    "without_capability message-tags\nwithout_capability labeled-response\nchannels_per_client 2\n",
    "away_length 5\nkick_length 5\n",
    "send_memory 256k\nmotd Less room.\n",
    "motd\nno_such_name 5\n",
    "max_clients -5\n"};

std::string configuration(std::size_t variant, const std::string& operator_line) {
  std::string text =
      "unlimited 127.0.0.1/32 ::1\nregistration_timeout 3s\nping_interval 10s\nping_timeout 20s\nsend_queue 64k\n";
  text += operator_line;
  const std::string own = configurations[variant];
  if (own.find("flood_rate") == std::string::npos) text += "flood_rate 0\n";
  if (own.find("clients_per_host") == std::string::npos) text += "clients_per_host 1000\nunregistered_per_host 500\n";
  if (own.find("send_memory") == std::string::npos) text += "send_memory 8M\n";
  return text + own;
}

}  // namespace

TargetServer::TargetServer(const Options& options, std::filesystem::path folder, Findings& findings)
    : options_(options), folder_(std::move(folder)), findings_(findings) {
  if (options_.program.empty()) {
    for (const auto& url : options_.urls) targets_.push_back({eddy::Address::parse(url), "echo"});
    return;
  }
  switch (options_.kind) {
    case Kind::chat: start_chat(); break;
    case Kind::cache: start_cache(); break;
    default: start_echo(); break;
  }
}

void TargetServer::start(const std::vector<std::string>& arguments, std::size_t addresses, const std::string& service) {
  std::vector<std::string> command{options_.program};
  command.insert(command.end(), arguments.begin(), arguments.end());
  if (!options_.driver.empty()) command.insert(command.end(), {"--driver", options_.driver});
  auto child = std::make_unique<Child>(command);
  const auto lines = child->lines(addresses, start_limit);
  if (!lines)
    throw std::runtime_error(fmt::format("{} does not get ready: {}", options_.program, escaped(child->err())));
  for (const auto& line : *lines) {
    targets_.push_back({eddy::Address::parse(line.substr(line.find(' ') + 1)), service});
  }
  processes_.push_back(std::move(child));
}

void TargetServer::start_chat() {
  // The password's hash is made by the program itself, which has none where it was built without OpenSSL.
  Child hash({"sh", "-c", R"(printf '%s\n' "$1" | "$0" --hash-password)", options_.program, operator_password});
  if (!hash.ended_within(60s)) throw std::runtime_error("--hash-password does not end");
  if (hash.status() == 0) operator_line_ = "operator root " + hash.out();
  write_configuration(0);
  start({"--listen", "tcp://127.0.0.1:0", "--listen", "unix:" + unix_path("chat"), "--config", unix_path("conf"),
         "--drain", "2s"},
        2, "chat");
}

void TargetServer::start_cache() {
  start({"-m", "32", "-t", "2", "-R", "20", "-l", "127.0.0.1", "-p", "0", "--listen", "udp://127.0.0.1:0", "--listen",
         "unix:" + unix_path("cache")},
        3, "cache");
}

void TargetServer::start_echo() {
  for (const std::string service : {"echo", "discard", "chargen", "daytime"}) {
    start({"--service", service, "--threads", service == "echo" ? "2" : "1", "--drain", "2s", "--idle-timeout", "20s",
           "--listen", "tcp://127.0.0.1:0", "--listen", "udp://127.0.0.1:0", "--listen", "unix:" + unix_path(service),
           "--listen", "unixgram:" + unix_path(service + "-datagrams")},
          4, service);
  }
}

bool TargetServer::check_running() {
  for (const auto& each : processes_) {
    if (each->running()) continue;
    findings_.add("the server " + each->how_it_ended() + " under attack");
    return false;
  }
  return true;
}

void TargetServer::write_configuration(std::size_t variant) const {
  const auto path = folder_ / "conf";
  const auto beside = folder_ / "conf.new";
  std::ofstream(beside) << configuration(variant, operator_line_);
  std::filesystem::rename(beside, path);
}

bool TargetServer::rehash(Random& random) {
  if (options_.kind != Kind::chat || processes_.empty()) return false;
  write_configuration(random.below(std::size(configurations)));
  processes_.front()->signal(SIGHUP);
  return true;
}

std::uint64_t TargetServer::resident_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& each : processes_) bytes += each->resident_bytes();
  return bytes;
}

void TargetServer::terminate() const {
  for (const auto& each : processes_) each->signal(SIGTERM);
}

bool TargetServer::all_ended() {
  bool all = true;
  for (const auto& each : processes_) all = !each->running() && all;
  return all;
}

void TargetServer::check_ends() {
  for (const auto& each : processes_) {
    if (each->running()) {
      findings_.add("not ended: the server is still there after SIGTERM, long after its drain");
      continue;
    }
    if (each->status() != 0) findings_.add("the server " + each->how_it_ended() + " instead of 0");
    if (const auto report = each->report(); !report.empty()) findings_.add("the server reports:\n" + escaped(report));
    if (const auto text = each->control_characters(); !text.empty()) {
      findings_.add("the server wrote control characters: " + escaped(text));
    }
  }
}

}  // namespace attack
