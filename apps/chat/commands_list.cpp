// LIST, with the conditions that ELIST=CMNTU stands for.
#include <protocols/irc_text.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/chat/commands.h"
#include "apps/chat/names.h"
#include "apps/chat/numerics.h"
#include "apps/chat/server.h"

namespace chat {
namespace {

constexpr std::time_t seconds_a_minute = 60;

// ">10", "C<60": what is compared, how, and with what.
struct Comparison {
  char what = 'U';  // users, C: minutes since it was made, T: minutes since its topic was set
  bool more = false;
  std::uint64_t number = 0;

  static std::optional<Comparison> parse(std::string_view text) {
    Comparison result;
    if (text.starts_with('C') || text.starts_with('T')) {
      result.what = text.front();
      text.remove_prefix(1);
    }
    if (!text.starts_with('<') && !text.starts_with('>')) return std::nullopt;
    result.more = text.front() == '>';
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + 1, end, result.number);
    if (error != std::errc() || stop != end) return std::nullopt;
    return result;
  }

  bool holds(const Channel& channel, std::time_t now) const {
    if (what == 'U') return compare(channel.members().size());
    if (what == 'T' && channel.topic.text.empty()) return false;
    const auto since = what == 'C' ? channel.created : channel.topic.set_at;
    return compare(static_cast<std::uint64_t>(std::max<std::time_t>(now - since, 0) / seconds_a_minute));
  }

 private:
  bool compare(std::uint64_t value) const { return more ? value > number : value < number; }
};

struct Conditions {
  std::vector<std::string> names;  // with wildcards or without; one of them must fit, if there are any
  std::vector<std::string> none_of;
  std::vector<Comparison> comparisons;

  void add(std::string_view text) {
    for (const auto part : split_list(text)) {
      if (const auto comparison = Comparison::parse(part)) {
        comparisons.push_back(*comparison);
      } else if (part.starts_with('!')) {
        none_of.emplace_back(part.substr(1));
      } else {
        names.emplace_back(part);
      }
    }
  }

  bool hold(const Channel& channel, std::time_t now) const {
    const auto fits = [&](const std::string& mask) { return eddy::irc_matches(mask, channel.name); };
    return (names.empty() || std::any_of(names.begin(), names.end(), fits)) &&
           std::none_of(none_of.begin(), none_of.end(), fits) &&
           std::all_of(comparisons.begin(), comparisons.end(),
                       [&](const Comparison& each) { return each.holds(channel, now); });
  }
};

}  // namespace

void command::list(Server& server, Client& client, const eddy::IrcMessage& message) {
  Conditions conditions;
  conditions.add(message.param(0));
  conditions.add(message.param(1));
  client.reply(numeric::rpl_liststart, {"Channel"}, "Users  Name");
  client.work_in_parts([&server, &client, conditions = std::move(conditions), last = std::uint64_t{0}]() mutable {
    const auto* channel = server.next_channel(last);
    if (channel == nullptr) {
      client.reply(numeric::rpl_listend, {}, "End of /LIST");
      return false;
    }
    last = channel->number;
    if (may_see(client, *channel) && conditions.hold(*channel, std::time(nullptr))) {
      client.reply(numeric::rpl_list, {channel->name, std::to_string(channel->members().size())}, channel->topic.text);
    }
    return true;
  });
}

}  // namespace chat
