#include "apps/chat/client.h"

#include <algorithm>
#include <utility>

#include "apps/chat/channel.h"
#include "apps/chat/server.h"

namespace chat {
namespace {

constexpr int parts_at_once = 64;  // of a long reply, before others get their turn

}  // namespace

Client::Client(Server& server, eddy::Connection& peer, std::string peer_host)
    : host(std::move(peer_host)),
      connection(peer),
      last_heard(server.loop().now()),
      deadline(server.loop(), [this] { server_.deadline_passed(*this); }),
      flood_end(server.loop(), [this] { release(Hold::flood); }),
      lines(static_cast<double>(server.config().flood_burst), server.loop().now()),
      server_(server) {}

void Client::send(std::string_view line, std::string_view client_tags) {
  if (gone || missed) return;
  if (responding()) {
    response_->add(*this, line, client_tags);
  } else {
    transmit({}, line, client_tags);
  }
}

void Client::send_apart(std::string_view line, std::string_view client_tags) {
  if (!gone && !missed) transmit({}, line, client_tags);
}

void Client::send(const eddy::SharedBytes& whole) {
  if (!gone && !missed) sent(connection.send(whole));
}

void Client::transmit(std::string_view own_tag, std::string_view line, std::string_view client_tags) {
  const auto time = has(Capability::server_time) ? server_.time_tag() : std::string_view();
  const auto theirs = has(Capability::message_tags) ? client_tags : std::string_view();
  if (own_tag.empty() && time.empty() && theirs.empty()) return sent(connection.send(line));
  const auto after = [](std::string_view before, std::string_view next) {
    return before.empty() || next.empty() ? "" : ";";
  };
  sent(connection.send(
      {"@", own_tag, after(own_tag, time), time, after(time.empty() ? own_tag : time, theirs), theirs, " ", line}));
}

void Client::sent(eddy::SendResult result) {
  ++messages_out;
  if (result == eddy::SendResult::accepted) return;
  server_.queues_grew();
  if (result == eddy::SendResult::refused) {
    missed = true;
    server_.send_queue_exceeded(*this);
  } else if (connection.queued() > server_.config().send_queue) {
    server_.send_queue_exceeded(*this);
  }
}

eddy::IrcLine Client::start_reply(std::string_view numeric) const {
  eddy::IrcLine line(server_.config().server_name, numeric);
  line.param(target());
  return line;
}

void Client::reply(std::string_view numeric, std::initializer_list<std::string_view> params) {
  auto line = start_reply(numeric);
  for (const auto param : params) line.param(param);
  send(line);
}

void Client::reply(std::string_view numeric, std::initializer_list<std::string_view> params, std::string_view text) {
  auto line = start_reply(numeric);
  for (const auto param : params) line.param(param);
  send(line.trailing(text));
}

void Client::notice(std::string_view text) {
  auto line = start_reply("NOTICE");
  send(line.trailing(text));
}

void Client::reply_in_parts(eddy::Callback<bool()> next) {
  long_replies_.push_back(std::move(next));
  if (long_replies_.size() == 1) write_parts();
}

void Client::write_parts() {
  for (int left = parts_at_once; !long_replies_.empty() && !gone && !missed; --left) {
    if (connection.queued() > connection.options().high_mark) return hold(Hold::reply);  // on_low comes
    if (left == 0) {
      hold(Hold::reply);
      return server_.come_back_to(*this);
    }
    if (!long_replies_.front()()) long_replies_.pop_front();
  }
  if (gone || missed) long_replies_.clear();
}

void Client::go_on_replying() {
  if (long_replies_.empty()) return;
  between_parts_ = false;
  write_parts();
  end_response();
  if (long_replies_.empty()) release(Hold::reply);
}

void Client::end_response() {
  between_parts_ = !long_replies_.empty();
  if (!response_ || between_parts_) return;
  if (!gone) response_->end(*this, server_.config().server_name);
  response_.reset();
}

std::optional<std::string> Client::put_off_response() {
  if (!response_) return std::nullopt;
  auto label = response_->label();
  response_.reset();
  return label;
}

void Client::hold(Hold reason) {
  holds_ |= static_cast<std::uint8_t>(reason);
  connection.pause();
}

void Client::release(Hold reason) {
  holds_ &= static_cast<std::uint8_t>(~static_cast<unsigned>(reason));
  if (holds_ == 0) connection.resume();
}

Membership* Client::membership(const Channel& channel) {
  const auto at = std::find_if(memberships.begin(), memberships.end(),
                               [&](const Membership& each) { return each.channel == &channel; });
  return at == memberships.end() ? nullptr : &*at;
}

void Client::invite(const Channel& channel) {
  take_invitation(channel);
  if (invitations.size() == most_invitations) invitations.erase(invitations.begin());
  invitations.push_back({.channel = channel.number, .name = channel.name});
}

bool Client::invited(const Channel& channel) const {
  return std::any_of(invitations.begin(), invitations.end(),
                     [&](const Invitation& each) { return each.channel == channel.number; });
}

void Client::take_invitation(const Channel& channel) {
  std::erase_if(invitations, [&](const Invitation& each) { return each.channel == channel.number; });
}

}  // namespace chat
