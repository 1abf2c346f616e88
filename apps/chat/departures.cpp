#include "apps/chat/departures.h"

#include <fmt/format.h>
#include <protocols/irc_line.h>
#include <protocols/irc_text.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "apps/chat/broadcast.h"
#include "apps/chat/server.h"

namespace chat {
namespace {

using namespace std::chrono_literals;

constexpr eddy::Duration slice = 250us;         // of a turn
constexpr std::size_t members_in_a_part = 100;  // between two looks at the clock

}  // namespace

Departures::Departures(Server& server) : server_(server), timer_(server.loop(), [this] { go_on(); }) {}

Departures::Departure Departures::of(const Client& client, std::string_view reason) {
  eddy::IrcLine line(client.mask, "QUIT");
  Departure departure{
      .nick = eddy::irc_folded(client.nick),
      .line = std::string(line.trailing(reason).text()),
      .notice = fmt::format("Client exiting: {} ({}@{}) [{}]", client.nick, client.user, client.host, reason)};
  for (const auto& membership : client.memberships) departure.channels.push_back(membership.channel->number);
  return departure;
}

void Departures::add(Departure departure) {
  departure.number = ++last_number_;
  nicks_.insert(departure.nick);
  waiting_.push_back(std::move(departure));
  if (waiting_.size() == 1 && server_.hosts().turn_has_time()) go_on();
  if (!waiting_.empty() && !timer_.running()) timer_.start(0s);
}

void Departures::go_on() {
  auto& loop = server_.loop();
  // A turn that has taken long is not made longer, unless the one before it was as long.
  late_ = !late_ && !server_.hosts().turn_has_time();
  const auto end = eddy::deadline_after(loop.clock(), slice);
  while (!waiting_.empty() && !late_) {
    if (!tell_some(waiting_.front())) {
      nicks_.erase(waiting_.front().nick);
      waiting_.pop_front();
    }
    if (loop.clock() >= end) break;
  }
  if (!waiting_.empty()) timer_.start(0s);
}

// False when all have been told. The members from the last to the first: when one leaves meanwhile the last takes its
// place, so that nobody is left out.
bool Departures::tell_some(Departure& departure) {
  if (departure.channels.empty()) {
    server_.notify(departure.notice);
    return false;
  }
  auto* channel = server_.find_channel(departure.channels.back());
  if (channel == nullptr) {
    departure.channels.pop_back();
    departure.begun = false;
    return true;
  }
  const auto& members = channel->members();
  auto left = std::exchange(departure.begun, true) ? std::min(departure.members_left, members.size()) : members.size();
  Broadcast message(server_, departure.line);
  const auto end = left - std::min(left, members_in_a_part);
  for (; left > end; --left) {
    auto& each = *members[left - 1].client;
    if (std::exchange(each.told_departure, departure.number) != departure.number) message.to(each);
  }
  departure.members_left = left;
  if (left == 0) {
    departure.channels.pop_back();
    departure.begun = false;
  }
  return true;
}

}  // namespace chat
