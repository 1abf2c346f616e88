#include "report.h"

#include <fmt/format.h>

#include "../report_rows.h"
#include "../text.h"

namespace load::chat {
namespace {

std::string chat_model(const Settings& settings) {
  if (settings.rate) {
    return fmt::format("open: {:g} messages/s, on schedule whatever the server does", *settings.rate);
  }
  return "closed: a message is said when all have the last one";
}

std::string members(const Settings& settings, const Results& results) {
  const auto joined = results.joined == settings.receivers
                          ? grouped(results.joined)
                          : fmt::format("{} of {}", grouped(results.joined), grouped(settings.receivers));
  return fmt::format("{} in {}, all in within {}", joined, settings.channel, time_text(results.join_time));
}

std::string messages(const Results& results) {
  auto text = grouped(results.sent) + " sent";
  if (results.unsent > 0) text += fmt::format(", {} not sent", grouped(results.unsent));
  return text;
}

std::string deliveries(const Results& results) {
  auto text = fmt::format("{} expected, {} done", grouped(results.expected), grouped(results.done));
  const auto add = [&text](std::uint64_t number, std::string_view what) {
    if (number > 0) text += fmt::format(", {} {}", grouped(number), what);
  };
  add(results.lost, "lost");
  add(results.wrong, "wrong");
  add(results.duplicated, "duplicated");
  add(results.reordered, "out of order");
  return text;
}

std::string rates(const Results& results) {
  const auto time = in_seconds(results.elapsed);
  if (time <= 0) return "none";
  return fmt::format("{:.1f} messages/s, {} deliveries/s; {:.1f} MB/s in", static_cast<double>(results.sent) / time,
                     grouped(static_cast<std::uint64_t>(static_cast<double>(results.done) / time)),
                     static_cast<double>(results.bytes_in) / time / 1e6);
}

std::string wrong_bytes(const Results& results) {
  std::string text;
  for (const auto& each : results.corruptions) {
    const auto what = each.sequence ? fmt::format("message {}", *each.sequence) : std::string("nothing was said");
    text +=
        row(text.empty() ? "wrong" : "", fmt::format("receiver {}, {}, byte {}: expected {}, got {}", each.connection,
                                                     what, each.offset, byte_text(each.expected), byte_text(each.got)));
  }
  if (results.wrong > results.corruptions.size()) {
    text += row("", fmt::format("and {} more", grouped(results.wrong - results.corruptions.size())));
  }
  return text;
}

std::string cost_per_delivery(const Results& results) {
  const auto time = in_seconds(results.elapsed);
  if (results.done == 0 || time <= 0) return "";
  const auto each = [&](eddy::Duration cpu) { return in_seconds(cpu) * 1e6 / static_cast<double>(results.done); };
  return row("own CPU", fmt::format("{:.2f} us per delivery ({:.2f} user, {:.2f} system); {:.0f} % of a core",
                                    each(results.cpu.total()), each(results.cpu.user), each(results.cpu.system),
                                    100 * in_seconds(results.cpu.total()) / time));
}

std::string chat_verdict(const Results& results) {
  if (const auto found = problems(results); !found.empty()) return fmt::format("FAILED: {}\n", fmt::join(found, ", "));
  return "ok: nothing lost, nothing wrong\n";
}

}  // namespace

std::string report(const Settings& settings, const Results& results) {
  auto text = fmt::format("eddy-load chat {}{}\n\n", results.target, results.interrupted ? "  (interrupted)" : "");
  text += row("model", chat_model(settings));
  text += row("receivers", members(settings, results));
  text += row("message", fmt::format("{} of text, seed {}", counted(settings.size, "byte", "bytes"), settings.seed));
  text += row("driver", results.driver);
  text += row("time", fmt::format("{:.2f} s", in_seconds(results.elapsed)));
  text += "\n";
  text += row("messages", messages(results));
  text += row("deliveries", deliveries(results));
  text += row("throughput", rates(results));
  text += times_header();
  text += times("delivery", results.delivery);
  text += times("to the last", results.complete);
  if (settings.rate) {
    text += times("send lag", results.send_lag);
    if (results.held_back > 0) {
      text += row("held back",
                  counted(results.held_back, "message was", "messages were") + " due while the output was full");
    }
  }
  text += cost_per_delivery(results);
  if (results.foreign > 0) text += row("others", counted(results.foreign, "line", "lines") + " heard in the channel");
  text += errors("not joined", results.not_joined);
  text += errors("errors", results.errors);
  text += wrong_bytes(results);
  return text + "\n" + chat_verdict(results);
}

}  // namespace load::chat
