#include "apps/chat/client.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "apps/chat/channel.h"
#include "apps/chat/server.h"

namespace chat {

Client::Client(Server& server, eddy::Connection& peer, Host& its_origin, std::string peer_host)
    : host(std::move(peer_host)),
      connection(peer),
      origin(its_origin),
      last_heard(server.loop().now()),
      deadline(server.loop(), [this] { server_.deadline_passed(*this); }),
      flood_end(server.loop(), [this] { release(Hold::flood); }),
      lines(static_cast<double>(server.config().flood_burst), server.loop().now()),
      server_(server) {}

void Client::renamed() {
  mask = nick + "!" + user + "@" + host;
  for (auto& membership : memberships) membership.judged_by = 0;
}

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
  if (gone || missed) return;
  note_write();
  sent(connection.send(whole));
}

void Client::note_write() {
  if (connection.queued() == 0) server_.made_write();
}

void Client::transmit(std::string_view own_tag, std::string_view line, std::string_view client_tags) {
  note_write();
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
  server_.made_message();
  if (result == eddy::SendResult::accepted) return;
  server_.memory_grew();
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

void Client::work_in_parts(eddy::Callback<bool()> next) {
  if (asked_for_ != nullptr) return asked_for_->push_back(std::move(next));
  work_.push_back(std::move(next));
  if (work_.size() == 1) work(server_.hosts().time_ends(origin));
}

void Client::put_off(eddy::Callback<bool()> next) {
  work_.push_back(std::move(next));
  hold(Hold::work);
  server_.hosts().wait_for_turn(*this);
}

// One part at least, so that it comes to an end.
void Client::work(eddy::TimePoint until) {
  while (!work_.empty() && !gone && !missed) {
    if (connection.queued() > connection.options().high_mark) return hold(Hold::work);  // on_low comes
    auto next = std::move(work_.front());
    work_.pop_front();
    Work asked_for;
    const bool more = do_part(next, asked_for);
    if (more) work_.push_front(std::move(next));
    work_.insert(work_.begin(), std::make_move_iterator(asked_for.begin()), std::make_move_iterator(asked_for.end()));
    if (!work_.empty() && server_.loop().clock() >= until) {
      hold(Hold::work);
      return server_.hosts().wait_for_turn(*this);
    }
  }
  work_.clear();
}

bool Client::do_part(eddy::Callback<bool()>& part, Work& asked_for) {
  struct Asking {
    ~Asking() { client.asked_for_ = nullptr; }
    Client& client;
  } const asking{*this};
  asked_for_ = &asked_for;
  return part();
}

void Client::go_on(eddy::TimePoint until) {
  if (work_.empty()) return;
  between_parts_ = false;
  server_.attend(*this, [&] { work(until); });
  end_response();
  if (work_.empty()) release(Hold::work);
  server_.charge(*this, 0);
}

void Client::end_response() {
  between_parts_ = !work_.empty();
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
