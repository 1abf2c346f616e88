#include "server_attack.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include "crowd.h"
#include "target_server.h"
#include "temporary_folder.h"
#include "witness.h"

namespace attack {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t own_stream = std::uint64_t{1} << 50;
constexpr std::uint64_t witness_stream = own_stream + 1;
constexpr eddy::Duration rest = 800ms;
constexpr eddy::Duration end_limit = 40s;
constexpr std::uint64_t mebibyte = 1024 * 1024;

// Between two rests, from the first one on: what caches and pools may still come to hold.
std::uint64_t most_growth(Kind kind) { return (kind == Kind::cache ? 96 : 64) * mebibyte; }
// At any time, of all processes together: what their limits allow, and what sanitizers take.
std::uint64_t most_resident(Kind kind) { return (kind == Kind::cache ? 1400 : 900) * mebibyte; }

class Witness {
 public:
  Witness(const Options& options, const std::vector<Target>& targets, Totals& totals, Findings& findings)
      : thread_([&, kind = options.kind, random = Random(options.seed, witness_stream)] {
          const Watch watch{totals, findings, stop_};
          kind == Kind::chat    ? witness_chat(targets, random, watch)
          : kind == Kind::cache ? witness_cache(targets, random, watch)
                                : witness_echo(targets, random, watch);
        }) {}
  ~Witness() { end(); }
  void end() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// Looks, at each rest, what the server still holds.
class Memory {
 public:
  Memory(const TargetServer& server, Kind kind, Findings& findings)
      : server_(server), kind_(kind), findings_(findings) {}

  void at_any_time() {
    most_ = std::max(most_, server_.resident_bytes());
    if (most_ > most_resident(kind_)) findings_.add(fmt::format("memory: the server has {} MiB", most_ / mebibyte));
  }
  void at_rest() {
    const auto now = server_.resident_bytes();
    if (!first_) first_ = now;
    last_ = now;
    most_ = std::max(most_, now);
  }
  void check() {
    if (!first_ || last_ < *first_ + most_growth(kind_)) return;
    findings_.add(
        fmt::format("memory: the server had {} MiB after the first part of the attack, and has {} MiB at its end",
                    *first_ / mebibyte, last_ / mebibyte));
  }
  std::string text() const {
    return first_ ? fmt::format("memory: {} MiB at the first rest, {} at the last, {} at the most", *first_ / mebibyte,
                                last_ / mebibyte, most_ / mebibyte)
                  : "memory: not looked at";
  }

 private:
  const TargetServer& server_;
  Kind kind_;
  Findings& findings_;
  std::optional<std::uint64_t> first_;
  std::uint64_t last_ = 0;
  std::uint64_t most_ = 0;
};

void attack_in_rounds(const Options& options, Crowd& crowd, TargetServer& server, Memory& memory, Totals& totals,
                      const Findings& findings) {
  Random random(options.seed, own_stream);
  const auto end = std::chrono::steady_clock::now() + options.time;
  const auto round = std::clamp<eddy::Duration>(options.time / 5, 1500ms, 20s);
  auto next_look = std::chrono::steady_clock::now();
  auto next_rehash = next_look + 500ms;
  const auto each_turn = [&] {
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_look) {
      next_look = now + 100ms;
      server.check_running();
      memory.at_any_time();
    }
    if (now >= next_rehash && !options.only_some()) {
      next_rehash = now + std::chrono::milliseconds(random.between(50, 1500));
      if (server.rehash(random)) ++totals.rehashes;
    }
  };
  while (std::chrono::steady_clock::now() < end && !findings.any() && !crowd.done()) {
    crowd.run_for(std::max<eddy::Duration>(round - rest, rest), each_turn);
    if (findings.any()) return;
    crowd.end_all();
    const auto until = std::chrono::steady_clock::now() + rest;
    crowd.let_go_on([&] { return std::chrono::steady_clock::now() < until; });
    memory.at_rest();
  }
}

}  // namespace

std::string attack_server(const Options& options, Totals& totals, Findings& findings) {
  const TemporaryFolder folder;
  TargetServer server(options, folder.path(), findings);
  Crowd crowd(options, server.targets(), totals, findings);
  Memory memory(server, options.kind, findings);
  std::string who;
  {
    Witness witness(options, server.targets(), totals, findings);
    attack_in_rounds(options, crowd, server, memory, totals, findings);
    who = crowd.who_is_there();
    if (findings.any()) crowd.end_all();
    witness.end();
  }
  memory.check();
  if (!server.has_processes()) return who;
  // It ends while clients are there that do not want to.
  if (!findings.any()) crowd.run_for(300ms);
  server.terminate();
  const auto until = std::chrono::steady_clock::now() + end_limit;
  crowd.let_go_on([&] { return !server.all_ended() && std::chrono::steady_clock::now() < until; });
  server.check_ends();
  fmt::print("{}\n", memory.text());
  return who;
}

}  // namespace attack
