#include "apps/chat/config.h"

#include <apps/cli/decimal.h>
#include <apps/cli/host_options.h>
#include <apps/cli/quantity.h>
#include <protocols/irc_line.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "apps/chat/names.h"

namespace chat {
namespace {

constexpr std::size_t longest_text = 400;  // leaves a reply room for its other parts

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string_view take_word(std::string_view& rest) {
  const auto word = rest.substr(0, rest.find_first_of(" \t"));
  rest = trimmed(rest.substr(word.size()));
  return word;
}

// The text up to the next line's end, which goes with it.
std::string_view take_line(std::string_view& rest) {
  const auto line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  return line;
}

std::string read_file(const std::string& path) {
  const auto fail = [&path] { throw std::system_error(errno, std::generic_category(), "read " + path); };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) fail();
  std::string content;
  std::array<char, 4096> piece;
  while (const auto size = std::fread(piece.data(), 1, piece.size(), file.get())) content.append(piece.data(), size);
  if (std::ferror(file.get()) != 0) fail();
  return content;
}

std::string line_of_text(std::string_view value) {
  if (value.size() > longest_text) {
    throw std::invalid_argument("expected at most " + std::to_string(longest_text) + " bytes");
  }
  return std::string(value);
}

std::string server_name(std::string_view value) {
  if (!is_server_name(value)) throw std::invalid_argument("expected a host name such as irc.example.org");
  return std::string(value);
}

std::string network_name(std::string_view value) {
  if (value.empty() || value.size() > 50 || value.find_first_of(" \t\\=") != std::string_view::npos) {
    throw std::invalid_argument("expected one word of at most 50 bytes");
  }
  return std::string(value);
}

// A length or count whose upper end is set by what fits into one line.
std::size_t count_up_to(std::string_view value, std::size_t most) {
  const auto count = cli::parse_count(value);
  if (count > most) throw std::invalid_argument("expected a whole number from 1 to " + std::to_string(most));
  return count;
}

std::size_t count_or_none(std::string_view value) {
  return static_cast<std::size_t>(cli::parse_whole(value, 0, std::numeric_limits<std::size_t>::max()));
}

double rate(std::string_view value) {
  const auto number = cli::parse_decimal(value);
  if (!number || *number > 1e9) {
    throw std::invalid_argument("expected lines a second such as 2 or 0.5, or 0 for no flood control");
  }
  return *number;
}

std::size_t queue_size(std::string_view value) {
  const auto size = cli::parse_size(value);
  if (size < 4096) throw std::invalid_argument("expected at least 4k");
  return size;
}

Operator operator_line(std::string_view value) {
  Operator result;
  result.name = take_word(value);
  const auto hash = take_word(value);
  if (result.name.empty() || hash.empty()) throw std::invalid_argument("expected NAME HASH [USER@HOST]");
  result.password = PasswordHash::parse(hash);
  if (!value.empty()) result.mask = value;
  if (result.mask.find('@') == std::string::npos || result.mask.find_first_of(" \t") != std::string::npos) {
    throw std::invalid_argument("expected a mask USER@HOST such as *@127.0.0.1");
  }
  return result;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::string content;
  try {
    content = read_file(path);
  } catch (const std::system_error& error) {
    throw std::invalid_argument("expected a file that can be read: " + error.code().message());
  }
  std::vector<std::string> lines;
  for (std::string_view rest = content; !rest.empty();) {
    lines.emplace_back(eddy::utf8_prefix(trimmed(take_line(rest)), longest_text));
  }
  return lines;
}

void switch_off(CapabilitySet& offered, std::string_view name) {
  const auto capability = find_capability(name);
  if (!capability) throw std::invalid_argument("expected one of " + CapabilitySet::all().to_string());
  offered.set(*capability, false);
}

struct Setting {
  std::string_view name;
  void (*read)(Config& config, std::string_view value);
};

constexpr Setting all_settings[] = {
    {"server_name", [](Config& c, std::string_view v) { c.server_name = server_name(v); }},
    {"network", [](Config& c, std::string_view v) { c.network = network_name(v); }},
    {"description", [](Config& c, std::string_view v) { c.description = line_of_text(v); }},
    {"motd", [](Config& c, std::string_view v) { c.motd.push_back(line_of_text(v)); }},
    {"motd_file",
     [](Config& c, std::string_view v) {
       for (auto& line : lines_of(std::string(v))) c.motd.push_back(std::move(line));
     }},
    {"admin_location",
     [](Config& c, std::string_view v) {
       if (c.admin_location.size() == 2) throw std::invalid_argument("expected at most two of them");
       c.admin_location.push_back(line_of_text(v));
     }},
    {"admin_email", [](Config& c, std::string_view v) { c.admin_email = line_of_text(v); }},
    {"password", [](Config& c, std::string_view v) { c.password = PasswordHash::parse(v); }},
    {"operator", [](Config& c, std::string_view v) { c.operators.push_back(operator_line(v)); }},
    {"max_clients", [](Config& c, std::string_view v) { c.max_clients = cli::parse_count(v); }},
    {"clients_per_host", [](Config& c, std::string_view v) { c.clients_per_host = cli::parse_count(v); }},
    {"connects_per_minute", [](Config& c, std::string_view v) { c.connects_per_minute = cli::parse_count(v); }},
    {"unregistered_per_host", [](Config& c, std::string_view v) { c.unregistered_per_host = cli::parse_count(v); }},
    {"unlimited", [](Config& c, std::string_view v) { c.unlimited = cli::HostOptions::parse_networks(v); }},
    {"registration_timeout",
     [](Config& c, std::string_view v) { c.registration_timeout = cli::parse_positive_duration(v); }},
    {"nick_length", [](Config& c, std::string_view v) { c.nick_length = count_up_to(v, 64); }},
    {"channel_length", [](Config& c, std::string_view v) { c.channel_length = count_up_to(v, 100); }},
    {"topic_length", [](Config& c, std::string_view v) { c.topic_length = count_up_to(v, 390); }},
    {"away_length", [](Config& c, std::string_view v) { c.away_length = count_up_to(v, 390); }},
    {"kick_length", [](Config& c, std::string_view v) { c.kick_length = count_up_to(v, 390); }},
    {"channels_per_client", [](Config& c, std::string_view v) { c.channels_per_client = cli::parse_count(v); }},
    {"list_entries", [](Config& c, std::string_view v) { c.list_entries = cli::parse_count(v); }},
    {"all_list_entries", [](Config& c, std::string_view v) { c.all_list_entries = cli::parse_count(v); }},
    {"whowas_entries", [](Config& c, std::string_view v) { c.whowas_entries = count_or_none(v); }},
    {"ping_interval", [](Config& c, std::string_view v) { c.ping_interval = cli::parse_positive_duration(v); }},
    {"ping_timeout", [](Config& c, std::string_view v) { c.ping_timeout = cli::parse_positive_duration(v); }},
    {"recv_queue", [](Config& c, std::string_view v) { c.recv_queue = queue_size(v); }},
    {"send_queue", [](Config& c, std::string_view v) { c.send_queue = queue_size(v); }},
    {"send_memory", [](Config& c, std::string_view v) { c.send_memory = queue_size(v); }},
    {"flood_burst", [](Config& c, std::string_view v) { c.flood_burst = cli::parse_count(v); }},
    {"flood_rate", [](Config& c, std::string_view v) { c.flood_rate = rate(v); }},
    {"flood_messages", [](Config& c, std::string_view v) { c.flood_messages = cli::parse_count(v); }},
    {"without_capability", [](Config& c, std::string_view v) { switch_off(c.capabilities, v); }},
};

void read_line(Config& config, std::string_view line) {
  auto value = line;
  const auto name = take_word(value);
  const auto* setting = std::find_if(std::begin(all_settings), std::end(all_settings),
                                     [&](const Setting& each) { return each.name == name; });
  if (setting == std::end(all_settings)) {
    throw std::invalid_argument(std::string(name) + ": expected a setting such as server_name or max_clients");
  }
  try {
    // An empty line of the message of the day is as good as any.
    if (value.empty() && name != "motd") throw std::invalid_argument("expected a value");
    setting->read(config, value);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(std::string(name) + (value.empty() ? "" : " ") + std::string(value) + ": " +
                                error.what());
  }
}

}  // namespace

Config parse_config(std::string_view text) {
  Config config;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = trimmed(take_line(text));
    if (line.empty() || line.starts_with('#')) continue;
    try {
      read_line(config, line);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument("line " + std::to_string(number) + ": " + error.what());
    }
  }
  return config;
}

Config read_config(const std::string& path) {
  const auto text = read_file(path);
  try {
    return parse_config(text);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(path + ", " + error.what());
  }
}

}  // namespace chat
