#include "settings.h"

#include <apps/cli/program.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "../settings.h"
#include "member.h"
#include "message_text.h"

namespace load::chat {
namespace {

constexpr std::size_t longest_line = 512;
constexpr std::size_t longest_host = 63;
constexpr std::size_t longest_channel = 50;  // RFC 2812, 1.3
constexpr std::size_t longest_prefix = 24;
constexpr std::string_view channel_marks = "#&+!";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// RFC 2812, 2.3.1: letters and specials, and from the second on digits and '-'.
bool begins_nick(char c) { return static_cast<unsigned char>(c) >= 'A' && static_cast<unsigned char>(c) <= '}'; }
bool continues_nick(char c) { return begins_nick(c) || (c >= '0' && c <= '9') || c == '-'; }

void check_names(const Settings& settings) {
  const auto& channel = settings.channel;
  const bool is_channel = channel.size() >= 2 && channel.size() <= longest_channel &&
                          channel_marks.find(channel.front()) != std::string_view::npos &&
                          std::none_of(channel.begin(), channel.end(),
                                       [](char c) { return is_control(c) || c == ' ' || c == ',' || c == ':'; });
  if (!is_channel) {
    throw cli::UsageError(
        fmt::format("--channel {}: expected #, &, + or ! and a name of up to {} bytes without spaces, "
                    "commas and colons",
                    channel, longest_channel - 1));
  }
  const auto& prefix = settings.nick_prefix;
  if (prefix.empty() || prefix.size() > longest_prefix || !begins_nick(prefix.front()) ||
      !std::all_of(prefix.begin(), prefix.end(), continues_nick)) {
    throw cli::UsageError(
        fmt::format("--nick-prefix {}: expected 1 to {} letters, digits or any of []\\`_^{{|}}-, with a letter first",
                    prefix, longest_prefix));
  }
  if (std::any_of(settings.password.begin(), settings.password.end(), is_control)) {
    throw cli::UsageError("--password: expected no control characters");
  }
}

void check_positive(std::string_view name, eddy::Duration duration) {
  if (duration <= eddy::Duration::zero()) throw cli::UsageError(fmt::format("{} 0: expected more than 0", name));
}

void check_rate(std::string_view name, const std::optional<double>& rate, std::string_view of) {
  if (rate && !(std::isfinite(*rate) && *rate > 0)) {
    throw cli::UsageError(fmt::format("{} {}: expected more than 0 {} per second", name, *rate, of));
  }
}

}  // namespace

std::size_t largest_text(const Settings& settings) {
  const auto relayed = fmt::format(":{}!~{}@{:{}} PRIVMSG {} :\r\n", nick_of(settings, sender_number), user_name, "",
                                   longest_host, settings.channel);
  return longest_line - relayed.size();
}

std::vector<eddy::Address> check(const Settings& settings) {
  auto targets = check_target(settings.url);
  if (!targets.front().is_stream()) throw cli::UsageError(settings.url + ": expected tcp://HOST:PORT or unix:PATH");
  if (settings.receivers == 0) throw cli::UsageError("--connections 0: expected 1 or more");
  if (settings.joining == 0) throw cli::UsageError("--joining 0: expected 1 or more");
  check_names(settings);
  if (const auto most = largest_text(settings); settings.size < MessageText::header_size || settings.size > most) {
    throw cli::UsageError(fmt::format("--size {}: expected {} to {} bytes, {} of which are number and time",
                                      settings.size, MessageText::header_size, most, MessageText::header_size));
  }
  check_rate("--rate", settings.rate, "messages");
  check_rate("--ramp", settings.ramp, "members");
  check_positive("--duration", settings.duration);
  check_positive("--join-timeout", settings.join_timeout);
  check_positive("--timeout", settings.timeout);
  check_positive("--connect-timeout", settings.connect_timeout);
  check_driver(settings.driver);
  return targets;
}

}  // namespace load::chat
