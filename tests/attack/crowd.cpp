#include "crowd.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "mutation.h"
#include "sessions.h"

namespace attack {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t datagram_streams = std::uint64_t{1}
                                           << 40;  // of random numbers, apart from those of connections

std::string session_of(Kind kind, std::uint64_t number, Random& random) {
  switch (kind) {
    case Kind::chat: return chat_session(random, number);
    case Kind::cache: return cache_session(random);
    default: return echo_session(random);
  }
}

std::unique_ptr<ReplyCheck> check_of(Kind kind, const Target& target, const Plan& plan) {
  if (kind == Kind::chat) return irc_check();
  if (kind == Kind::echo && target.service == "echo") return echo_check(plan.bytes);
  if (kind == Kind::echo && target.service == "discard") return silence_check();
  return {};
}

// DIE would end the server, as it is to.
void leave_out(std::string& text, std::string_view word) {
  const auto same = [](char a, char b) { return (a & ~0x20) == (b & ~0x20); };
  for (auto at = text.begin(); (at = std::search(at, text.end(), word.begin(), word.end(), same)) != text.end();)
    *at = 'x';
}

}  // namespace

Crowd::Crowd(const Options& options, std::vector<Target> targets, Totals& totals, Findings& findings)
    : options_(options), totals_(totals), findings_(findings), next_(options.first) {
  for (auto& each : targets) (each.address.is_stream() ? streams_ : datagrams_).push_back(std::move(each));
  for (const auto& each : datagrams_) sockets_.push_back(RawSocket::connect(each.address));
}

Plan Crowd::plan_of(const Options& options, std::uint64_t number, Random& random) {
  auto plan = random_plan(random);
  auto text = mutated(session_of(options.kind, number, random), random);
  if (options.kind == Kind::chat) leave_out(text.text, "DIE");
  plan.bytes = std::move(text.text);
  plan.mutations = text.mutations;
  return plan;
}

void Crowd::start_one() {
  const auto number = next_++;
  Random random(options_.seed, number);
  const auto& target = streams_[random.below(streams_.size())];
  auto plan = plan_of(options_, number, random);
  auto check = check_of(options_.kind, target, plan);
  totals_.mutations += plan.mutations;
  attackers_.push_back(
      std::make_unique<Attacker>(number, std::move(plan), target.address, random, std::move(check), totals_));
}

void Crowd::send_datagrams() {
  for (std::size_t i = 0; i < datagrams_.size(); ++i) {
    Random random(options_.seed, datagram_streams + next_datagram_++);
    for (auto count = random.below(6); count > 0; --count) {
      auto text = mutated(options_.kind == Kind::cache ? cache_datagram(random) : echo_session(random), random);
      if (text.text.size() > 65'000) text.text.resize(random.below(65'000));
      const auto done = sockets_[i].send(text.text);
      if (done.broken || done.would_block) continue;
      ++totals_.datagrams;
      totals_.bytes_out += done.bytes;
      ++totals_.writes;
      if (text.mutations > 0) ++totals_.mutated_writes;
      totals_.mutations += text.mutations;
    }
    std::array<char, 65536> buffer;
    for (int most = 0; most < 100; ++most) {
      const auto done = sockets_[i].receive(buffer.data(), buffer.size());
      if (done.would_block || done.broken) break;
      totals_.bytes_in += done.bytes;
    }
  }
}

void Crowd::turn(eddy::Duration longest) {
  std::vector<pollfd> polled;
  auto now = std::chrono::steady_clock::now();
  for (const auto& each : attackers_) polled.push_back({each->descriptor(), each->events(now), 0});
  ::poll(polled.data(), static_cast<nfds_t>(polled.size()), static_cast<int>(longest / 1ms));
  now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < attackers_.size(); ++i) {
    auto& each = *attackers_[i];
    each.step(polled[i].revents, now);
    if (!each.complaint().empty()) {
      findings_.add(fmt::format("connection {} was answered {}", each.number(), each.complaint()));
      each.end();
    }
  }
  std::erase_if(attackers_, [](const auto& each) { return each->gone(); });
}

void Crowd::run_for(eddy::Duration time, const std::function<void()>& each_turn) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end && !findings_.any() && !done()) {
    // Some at a time: they are not to be all of one age.
    for (int some = 0; some < 8 && attackers_.size() < options_.connections && next_ <= options_.last; ++some)
      start_one();
    std::erase_if(attackers_, [](const auto& each) { return each->gone(); });
    if (!options_.only_some()) send_datagrams();
    turn(5ms);
    if (each_turn) each_turn();
  }
}

void Crowd::let_go_on(const std::function<bool()>& condition) {
  while (condition()) turn(5ms);
}

std::string Crowd::who_is_there() const {
  if (attackers_.empty()) return fmt::format("no connections; the next would have been {}", next_);
  std::string text = "connections";
  for (const auto& each : attackers_) text += fmt::format(" {}", each->number());
  return text;
}

}  // namespace attack
