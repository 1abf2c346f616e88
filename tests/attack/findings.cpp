#include "findings.h"

#include <fmt/format.h>

namespace attack {

std::string Totals::text() const {
  std::string text;
  if (runs > 0) text += fmt::format("{} runs of eddy-load, ", runs.load());
  text += fmt::format("{} connections", connections.load());
  if (refused > 0) text += fmt::format(" and {} that were refused", refused.load());
  if (datagrams > 0) text += fmt::format(", {} datagrams", datagrams.load());
  text += fmt::format(", {} bytes sent in {} writes, {} of them with mutations ({}), {} bytes received",
                      bytes_out.load(), writes.load(), mutated_writes.load(), mutations.load(), bytes_in.load());
  if (round_trips > 0) text += fmt::format(", {} round trips of good clients", round_trips.load());
  if (rehashes > 0) text += fmt::format(", {} rehashes", rehashes.load());
  return text;
}

void Findings::add(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (all_.size() < 20) all_.push_back(what);
  any_ = true;
}

std::vector<std::string> Findings::all() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

}  // namespace attack
