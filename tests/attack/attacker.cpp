#include "attacker.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace attack {
namespace {

using namespace std::chrono_literals;

constexpr eddy::Duration longest_life = 3s;
// Servers share their time out among hosts.
constexpr std::size_t attackers_hosts = 32;

}  // namespace

Plan random_plan(Random& random) {
  Plan plan;
  plan.reads = random.one_in(8) ? Plan::Reads::nothing : random.one_in(6) ? Plan::Reads::slowly : Plan::Reads::all;
  constexpr Plan::Ends ends[] = {Plan::Ends::half_close, Plan::Ends::half_close, Plan::Ends::reset, Plan::Ends::close,
                                 Plan::Ends::stays};
  plan.ends = random.pick(ends);
  constexpr std::size_t sizes[] = {1, 10, 50, 200, 1000, 5000, 20'000, 65536, 1'000'000};
  plan.largest_write = random.pick(sizes);
  plan.pauses = random.one_in(2);
  plan.small_buffers = random.one_in(6);
  plan.from = fmt::format("127.0.0.{}", random.between(2, 1 + attackers_hosts));
  return plan;
}

std::string text_of(const Plan& plan) {
  constexpr const char* reads[] = {"reads all", "reads slowly", "reads nothing"};
  constexpr const char* ends[] = {"half-closes", "resets", "closes", "stays"};
  return fmt::format("{} bytes with {} mutations in writes of up to {}{}; {}, then {}", plan.bytes.size(),
                     plan.mutations, plan.largest_write, plan.pauses ? " with pauses" : "",
                     reads[static_cast<int>(plan.reads)], ends[static_cast<int>(plan.ends)]);
}

Attacker::Attacker(std::uint64_t number, Plan plan, const eddy::Address& to, const Random& random,
                   std::unique_ptr<ReplyCheck> check, Totals& totals)
    : number_(number),
      plan_(std::move(plan)),
      random_(random),
      socket_(RawSocket::connect(to, plan_.from)),
      check_(std::move(check)),
      totals_(totals),
      give_up_(std::chrono::steady_clock::now() + longest_life) {
  if (!socket_.open()) {
    ++totals_.refused;
  } else if (plan_.small_buffers) {
    socket_.set_buffers(4096);
  }
}

short Attacker::events(eddy::TimePoint now) const {
  int events = 0;
  if (connecting_ || (written_ < plan_.bytes.size() && now >= write_from_)) events |= POLLOUT;
  if (!connecting_ && plan_.reads != Plan::Reads::nothing && now >= read_from_) events |= POLLIN;
  return static_cast<short>(events);
}

void Attacker::step(short ready, eddy::TimePoint now) {
  if (now >= give_up_) return socket_.reset();
  if (now >= finish_at_) finish(now);
  if (gone()) return;
  if (ready == 0) return;
  if (connecting_) {
    if (socket_.error() != 0) {
      ++totals_.refused;
      return socket_.close();
    }
    ++totals_.connections;
    connecting_ = false;
    if (plan_.bytes.empty()) all_written(now);
    return;
  }
  if ((ready & (POLLIN | POLLHUP | POLLERR)) != 0 && (events(now) & POLLIN) != 0) read(now);
  if (!gone() && (ready & (POLLOUT | POLLHUP | POLLERR)) != 0 && (events(now) & POLLOUT) != 0) write(now);
  // Who reads nothing finds out in this way alone that the server has ended it.
  if (!gone() && (ready & POLLERR) != 0) socket_.close();
}

// Several at a time, so that small ones get through, too.
void Attacker::write(eddy::TimePoint now) {
  for (int most = 0; most < 16; ++most) {
    const auto size = std::min(plan_.bytes.size() - written_, random_.between(1, plan_.largest_write));
    const auto done = socket_.send(std::string_view(plan_.bytes).substr(written_, size));
    if (done.broken) return socket_.close();
    if (done.would_block) return;
    written_ += done.bytes;
    totals_.bytes_out += done.bytes;
    ++totals_.writes;
    if (plan_.mutations > 0) ++totals_.mutated_writes;
    if (written_ == plan_.bytes.size()) return all_written(now);
    if (plan_.pauses && random_.one_in(8)) {
      write_from_ = now + std::chrono::milliseconds(random_.one_in(20) ? 300 : random_.below(20));
      return;
    }
  }
}

// Mostly a little later: a server that finds a reset does not look at what came before it.
void Attacker::all_written(eddy::TimePoint now) {
  finish_at_ = random_.one_in(4) ? now : now + std::chrono::milliseconds(random_.below(300));
  if (now >= finish_at_) finish(now);
}

void Attacker::finish(eddy::TimePoint now) {
  finish_at_ = eddy::TimePoint::max();
  give_up_ = std::min(give_up_, now + std::chrono::milliseconds(random_.between(20, 500)));
  switch (plan_.ends) {
    case Plan::Ends::half_close: return socket_.finish();
    case Plan::Ends::reset: return socket_.reset();
    case Plan::Ends::close: return socket_.close();
    case Plan::Ends::stays: break;
  }
}

void Attacker::read(eddy::TimePoint now) {
  std::array<char, 65536> buffer;
  const bool slowly = plan_.reads == Plan::Reads::slowly;
  const auto done = socket_.receive(buffer.data(), slowly ? random_.between(1, 200) : buffer.size());
  if (done.would_block) return;
  totals_.bytes_in += done.bytes;
  if (done.bytes > 0 && check_ && complaint_.empty()) {
    complaint_ = check_->received(std::string_view(buffer.data(), done.bytes));
  }
  if (done.ended || done.broken) return socket_.close();
  if (slowly) read_from_ = now + 10ms;
}

}  // namespace attack
