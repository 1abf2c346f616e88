#include "apps/cli/summary.h"

#include <fmt/format.h>

#include <chrono>

namespace cli {
namespace {

double seconds(eddy::Duration duration) { return std::chrono::duration<double>(duration).count(); }
double microseconds(eddy::Duration duration) { return std::chrono::duration<double, std::micro>(duration).count(); }

std::string text_of(std::string_view program, const eddy::Stats& stats, std::string_view of_each_loop,
                    eddy::Duration uptime) {
  std::string closed;
  for (std::size_t i = 0; i < stats.closed.size(); ++i) {
    if (stats.closed[i] == 0) continue;
    closed += fmt::format("{}{} {}", closed.empty() ? "" : ", ", stats.closed[i],
                          to_string(static_cast<eddy::CloseReason>(i)));
  }
  std::string text = fmt::format("{}: up {:.1f} s\n", program, seconds(uptime));
  text += fmt::format("  connections  {} accepted, {} refused, {} shed, {} still open\n", stats.accepted, stats.refused,
                      stats.shed, stats.open);
  text += of_each_loop;
  text += fmt::format("  closed       {}\n", closed.empty() ? "none" : closed);
  text += fmt::format("  traffic      {} bytes in, {} out; {} messages in, {} out\n", stats.bytes_in, stats.bytes_out,
                      stats.messages_in, stats.messages_out);
  text += fmt::format(
      "  trouble      {} accept errors, {} refused sends, {} datagram errors, {} truncated, {} stale events, {} failed "
      "waits\n",
      stats.accept_errors, stats.sends_refused, stats.datagram_errors, stats.datagrams_truncated, stats.stale_events,
      stats.wait_errors);
  text += fmt::format(
      "  loop         {} turns; a turn took at most {:.0f} us (half), {:.0f} us (99 %), {:.0f} us (all)\n", stats.turns,
      microseconds(stats.lag.quantile(0.5)), microseconds(stats.lag.quantile(0.99)), microseconds(stats.lag.max()));
  return text;
}

}  // namespace

std::string summary(std::string_view program, const eddy::Stats& stats, eddy::Duration uptime) {
  return text_of(program, stats, {}, uptime);
}

std::string summary(std::string_view program, eddy::LoopPool& pool, eddy::Duration uptime) {
  std::string of_each_loop;
  if (pool.size() > 1) {
    of_each_loop = "  of each loop";
    for (std::size_t i = 0; i < pool.size(); ++i) of_each_loop += fmt::format(" {}", pool[i].stats().accepted);
    of_each_loop += " accepted\n";
  }
  return text_of(program, pool.stats(), of_each_loop, uptime);
}

}  // namespace cli
