#include "report.h"

#include <fmt/format.h>

#include <chrono>
#include <string_view>
#include <utility>

#include "protocols/protocol_report.h"
#include "report_rows.h"
#include "self_verdict.h"
#include "text.h"

namespace load {
namespace {

std::string_view unit(const Results& results) { return results.datagrams ? "socket" : "connection"; }

std::string model(const Settings& settings, const Results& results) {
  if (const auto rate = settings.own_rate()) {
    const auto arrival = settings.arrival ? ", " + to_string(*settings.arrival) : "";
    return fmt::format("open: {:g} messages/s in all{}, on schedule whatever the server does", *rate, arrival);
  }
  return fmt::format("closed: each {} keeps {} in flight{}", unit(results),
                     counted(settings.pipeline.value_or(1), "message", "messages"),
                     settings.think ? fmt::format(", and thinks for {}", time_text(*settings.think)) : "");
}

std::string connections(const Settings& settings, const Results& results) {
  const auto text = grouped(results.connected);
  const auto wanted = settings.own_connections();
  return results.connected == wanted ? text : fmt::format("{} of {}", text, grouped(wanted));
}

std::string traffic(const Results& results) {
  auto text = fmt::format("{} sent, {} answered", grouped(results.sent), grouped(results.answered));
  if (results.lost > 0) text += fmt::format(", {} lost", grouped(results.lost));
  if (results.dropped > 0) text += fmt::format(", {} dropped", grouped(results.dropped));
  if (results.unsent > 0) text += fmt::format(", {} not sent", grouped(results.unsent));
  return text;
}

std::string throughput(const Results& results, std::string_view mark) {
  const auto time = in_seconds(results.elapsed);
  if (time <= 0) return "none";
  return fmt::format(
      "{} messages/s; {:.1f} MB/s out, {:.1f} MB/s in{}", per_second_text(static_cast<double>(results.answered) / time),
      static_cast<double>(results.bytes_out) / time / 1e6, static_cast<double>(results.bytes_in) / time / 1e6, mark);
}

std::string corruptions(const Results& results) {
  std::string text;
  for (const auto& each : results.corruptions) {
    const auto where = each.sequence
                           ? fmt::format("{} {}, {} {}, ", results.datagrams ? "socket" : "connection", each.connection,
                                         results.datagrams ? "datagram" : "frame", *each.sequence)
                           : fmt::format("connection {}, ", each.connection);
    text += row(text.empty() ? "corrupt" : "", fmt::format("{}byte {}: expected {}, got {}", where, each.offset,
                                                           byte_text(each.expected), byte_text(each.got)));
  }
  if (results.corrupt > results.corruptions.size()) {
    text += row("", fmt::format("and {} more", grouped(results.corrupt - results.corruptions.size())));
  }
  return text;
}

std::string wrong_answers(const Results& results) {
  std::string text;
  for (const auto& [kind, answers] : results.wrong) {
    text += row(text.empty() ? "wrong" : "",
                fmt::format("{} x {}; the first: {}", grouped(answers.count), kind, answers.first));
  }
  return text;
}

std::string hostile(const Results& results) {
  std::string text;
  for (const auto& [kind, figures] : results.hostile) {
    auto line = fmt::format("{} {}: {} connected", figures.wanted, kind, grouped(figures.connected));
    const auto ended = total(figures.closed_by_server);
    line += ended == 0 ? ", none ended by the server" : fmt::format(", {} ended by the server", grouped(ended));
    std::string_view separator = " (";
    for (const auto& [why, count] : figures.closed_by_server) {
      line += fmt::format("{}{} x {}", std::exchange(separator, ", "), grouped(count), why);
    }
    if (ended > 0) line += ")";
    for (const auto& [why, count] : figures.connect_failures) {
      line += fmt::format("; not opened: {} x {}", grouped(count), why);
    }
    text += row(text.empty() ? "hostile" : "", line);
  }
  return text;
}

std::string cost(const Results& results) {
  const auto time = in_seconds(results.elapsed);
  if (results.answered == 0 || time <= 0) return "";
  const auto each = [&](eddy::Duration cpu) { return in_seconds(cpu) * 1e6 / static_cast<double>(results.answered); };
  return row("own CPU", fmt::format("{:.2f} us per message ({:.2f} user, {:.2f} system); {:.0f} % of a core",
                                    each(results.cpu.total()), each(results.cpu.user), each(results.cpu.system),
                                    100 * in_seconds(results.cpu.total()) / time));
}

std::string server_cost(const Settings& settings, const Results& results) {
  if (!settings.outputs.server_pid) return "";
  const auto time = in_seconds(results.elapsed);
  if (!results.server_cpu || results.answered == 0 || time <= 0) {
    return row("server's CPU", "unknown: it ended, or nothing was answered");
  }
  const auto cpu = in_seconds(results.server_cpu->total());
  return row("server's CPU", fmt::format("{:.2f} us per message; {:.0f} % of a core",
                                         cpu * 1e6 / static_cast<double>(results.answered), 100 * cpu / time));
}

std::string verdict(const Settings& settings, const Results& results) {
  if (const auto found = problems(settings, results); !found.empty()) {
    return fmt::format("FAILED: {}\n", fmt::join(found, ", "));
  }
  if (results.lost + results.duplicated > 0) {
    return "ok: nothing wrong; loss was allowed\n";
  }
  return "ok: nothing lost, nothing wrong\n";
}

}  // namespace

std::string report(const Settings& settings, const Results& results) {
  auto text = fmt::format("eddy-load {} {}{}\n\n", name_of(settings.protocol), results.target,
                          results.interrupted ? "  (interrupted)" : "");
  if (settings.shard.of > 1) text += row("shard", to_string(settings.shard));
  text += row("model", model(settings, results));
  if (settings.rate && settings.pipeline) {
    text += row("", fmt::format("due with {} in flight on the {}: {}", *settings.pipeline, unit(results),
                                to_string(settings.overload.value_or(Overload::queue))));
  }
  text += row(results.datagrams ? "sockets" : "connections", connections(settings, results));
  if (settings.churn) text += row("", fmt::format("{} made, one for each exchange", grouped(results.reconnects)));
  if (settings.lifetime) {
    text += row("", fmt::format("{} replaced after {}", grouped(results.reconnects), time_text(*settings.lifetime)));
  }
  text += row("message", asked(settings));
  text +=
      row("driver", results.loops == 1 ? results.driver : fmt::format("{}, {} threads", results.driver, results.loops));
  text += row("time", fmt::format("{:.2f} s", in_seconds(results.elapsed)));
  text += "\n";
  text += row("messages", traffic(results));
  const auto limited = why_limited(settings, results);
  const auto mark = limited.empty() ? "" : fmt::format("  ({})", limited_by_itself);
  text += row("throughput", throughput(results, mark));
  text += protocol_rows(settings, results);
  if (!limited.empty()) text += row("times", fmt::format("{}, not the server's:", limited_by_itself));
  text += times_header();
  text += times("response", results.response);
  // In the closed model they are the same, unless a connection is to be made first.
  if (settings.rate || settings.renews()) text += times("service", results.service);
  if (const auto unanswered = results.lost + results.unsent + results.dropped; unanswered > 0) {
    text += row("", counted(unanswered, "message without an answer is", "messages without an answer are") +
                        " not in these figures");
  }
  if (settings.rate) {
    text += times("send lag", results.send_lag);
    if (results.throttled > 0) {
      text += row("throttled", counted(results.throttled, "message was", "messages were") +
                                   " due while too many were in flight, and timed from when sent");
    }
    if (results.held_back > 0) {
      text += row("held back",
                  counted(results.held_back, "message was", "messages were") + " due while the output was full");
    }
  }
  if (results.datagrams) {
    text +=
        row("datagrams", fmt::format("{} lost, {} duplicated, {} reordered, {} late", grouped(results.lost),
                                     grouped(results.duplicated), grouped(results.reordered), grouped(results.late)));
  }
  text += cost(results);
  text += server_cost(settings, results);
  text += hostile(results);
  text += errors("not opened", results.connect_failures);
  text += errors("errors", results.errors);
  text += corruptions(results);
  text += wrong_answers(results);
  text += "\n";
  if (!limited.empty()) text += fmt::format("{}: {}\n", limited_by_itself, limited);
  return text + verdict(settings, results);
}

}  // namespace load
