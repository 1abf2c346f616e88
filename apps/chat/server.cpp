#include "apps/chat/server.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <protocols/irc.h>
#include <protocols/irc_tags.h>
#include <protocols/irc_text.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "apps/chat/commands.h"
#include "apps/chat/isupport.h"
#include "apps/chat/names.h"
#include "apps/chat/numerics.h"
#include "apps/chat/session.h"

namespace chat {
namespace {

// Half of what tags may take is the clients' (IRCv3 message-tags, "Size limit").
constexpr std::size_t client_tags_limit = 4096;
constexpr std::size_t longest_label = 64;
constexpr std::size_t longest_line = 512;  // without tags; RFC 2812, 2.3

// What waits for a client is sent at the end of a loop's turn, and a turn can bring much. So one that has more than its
// send queue waiting gets this long to take it, within a bound that holds at once.
constexpr eddy::Duration overfull_patience = 50ms;
constexpr std::size_t output_cap_factor = 4;

// Of a connection, what the system holds each way; Linux makes twice as much of it.
constexpr int system_buffer = 64 * 1024;

// For want of memory a client is put out when at least so much is held for it.
constexpr std::size_t least_put_out = std::size_t{16} * 1024;

// What a client that took too little is still told, and how long it then gets to take anything.
constexpr std::size_t farewell_room = 1024;
constexpr eddy::Duration farewell_patience = 5s;
// How long anybody else who leaves gets to take what waits for it.
constexpr eddy::Duration parting_patience = 30s;

// Connections beyond a limit that are told so before they are closed, which takes until they close as well, or 2 s.
// Others are reset.
constexpr std::size_t most_refused = 64;

constexpr eddy::Duration die_patience = 5s;

// A channel may have so many whatever others have.
constexpr std::size_t least_list_entries = 10;

// Numeric, since looking names up would block the loop; and never with a ':' in front, which begins a last parameter.
std::string host_of(const eddy::Address& peer) {
  static constexpr std::string_view mapped = "::ffff:";
  if (!peer.is_ip() || peer.is_unnamed()) return "localhost";
  auto host = peer.host();
  if (host.starts_with(mapped) && host.find('.') != std::string::npos) host.erase(0, mapped.size());
  if (host.starts_with(':')) host.insert(0, "0");
  return host;
}

}  // namespace

Server::Server(eddy::Loop& loop, Config config)
    : loop_(loop),
      config_(std::move(config)),
      isupport_(isupport_tokens(config_)),
      started_(std::time(nullptr)),
      hosts_(loop),
      judge_overfull_(loop, [this] { judge_overfull(); }),
      judge_memory_(loop, [this] { judge_memory(); }),
      departures_(*this),
      command_counts_(commands().size()),
      verifier_(loop) {}

Server::~Server() {
  listeners_.clear();
  for (auto* client : std::exchange(clients_, {})) {
    if (!client->gone) farewell(*client, "Server shutting down");
    client->connection.close();
    client->connection.session<eddy::Irc<Session>>()->inner() = Session{};
  }
}

eddy::Address Server::listen(std::string_view url, const eddy::ListenOptions& options) {
  auto settings = options;
  settings.connection.output_cap = config_.send_queue * output_cap_factor;
  settings.connection.high_mark = config_.send_queue / 4;
  settings.connection.low_mark = config_.send_queue / 8;
  settings.connection.at_cap = eddy::AtCap::refuse;
  // The system's own would be megabytes for each client that does not read.
  if (!settings.socket.send_buffer) settings.socket.send_buffer = system_buffer;
  if (!settings.socket.receive_buffer) settings.socket.receive_buffer = system_buffer;
  const auto make_session = [this] {
    return eddy::Irc<Session>(Session{.server = this}, {.tags_limit = client_tags_limit});
  };
  auto listener = std::make_unique<eddy::Listener<eddy::Irc<Session>>>(loop_, url, make_session, settings);
  const auto address = listener->address();
  listeners_.push_back(std::move(listener));
  return address;
}

// ---- what connections bring

std::unique_ptr<Client> Server::admit(eddy::Connection& connection) {
  const auto peer = connection.peer_address();
  auto& origin = hosts_.of(peer, is_unlimited(peer));
  auto client = std::make_unique<Client>(*this, connection, origin, host_of(peer));
  if (const auto reason = why_not(origin); !reason.empty()) {
    if (++*refused_ > most_refused) {
      connection.abort();
    } else {
      farewell(*client, reason);
    }
    hosts_.forget_if_empty(origin);
    return nullptr;
  }
  hosts_.add(*client);
  client->place = clients_.size();
  clients_.push_back(client.get());
  client->deadline.start(config_.registration_timeout);
  return client;
}

bool Server::is_unlimited(const eddy::Address& peer) const {
  const auto holds = [&](const eddy::AddressPrefix& network) { return network.contains(peer); };
  return std::any_of(config_.unlimited.begin(), config_.unlimited.end(), holds);
}

// Empty when nothing speaks against one more.
std::string_view Server::why_not(Host& origin) {
  if (clients_.size() >= config_.max_clients) return "Server is full";
  if (!origin.network) return {};
  if (origin.clients >= config_.clients_per_host) return "Too many connections from your host";
  if (origin.unregistered >= config_.unregistered_per_host) return "Too many unregistered connections from your host";
  if (!hosts_.may_come(origin, config_.connects_per_minute)) return "Your host connects too often: try again later";
  return {};
}

void Server::receive(Client& client, const eddy::IrcMessage& message) {
  heard(client);
  ++client.messages_in;
  // Without flood control all clients are trusted with the server's time, too.
  if (config_.flood_rate <= 0 || hosts_.has_time(client.origin)) {
    attend(client, [&] { execute(client, message); });
    client.end_response();
  } else {
    client.put_off([this, &client, line = std::string(message.line())] {
      if (const auto again = eddy::IrcMessage::parse(line)) execute(client, *again);
      return false;
    });
  }
  // A line with tags may be as long as nine without.
  const auto further = message.line().size() / longest_line;
  charge(client, static_cast<double>(1 + further));
}

void Server::execute(Client& client, const eddy::IrcMessage& message) {
  client.lines_of_messages = 0;
  const auto label = eddy::irc_tag(message.tags(), "label");
  if (!label.empty() && label.size() <= longest_label && client.has(Capability::labeled_response) &&
      client.has(Capability::batch)) {
    client.begin_response(label);
  }
  dispatch(*this, client, message);
}

void Server::reject_line(Client& client, std::string_view numeric, std::string_view text) {
  heard(client);
  client.reply(numeric, {}, text);
  charge(client, 1);
}

void Server::heard(Client& client) {
  client.last_heard = loop_.now();
  if (std::exchange(client.pinged, false)) client.deadline.start(config_.ping_interval);
}

void Server::charge(Client& client, double lines) {
  lines += std::exchange(client.extra_lines, 0);
  if (config_.flood_rate <= 0 || client.gone || lines <= 0) return;
  const auto wait = client.lines.take(lines, loop_.now(), config_.flood_rate, static_cast<double>(config_.flood_burst));
  if (wait <= eddy::Duration::zero()) return;
  if (client.connection.kept() > config_.recv_queue) {
    return attend(client, [&] { quit(client, "Excess flood"); });
  }
  client.hold(Hold::flood);
  memory_grew();  // by what has arrived behind it
  client.flood_end.start(wait);
}

void Server::deadline_passed(Client& client) {
  if (client.gone) {
    client.connection.abort();
    return;
  }
  if (!client.registered && client.verification != 0) {
    // What others made us verify is not its delay.
    return client.deadline.start(config_.registration_timeout);
  }
  if (!client.registered) return quit(client, "Registration timed out");
  const auto silent = loop_.now() - client.last_heard;
  if (client.held()) {
    // Its answer may be among what is not read yet. If it takes nothing either, the connection's time-out ends it.
    client.deadline.start(config_.ping_interval);
  } else if (client.pinged) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(silent).count();
    attend(client, [&] { quit(client, fmt::format("Ping timeout: {} seconds", seconds)); });
  } else if (silent < config_.ping_interval) {
    client.deadline.start(config_.ping_interval - silent);
  } else {
    client.pinged = true;
    eddy::IrcLine ping({}, "PING");
    client.send(ping.trailing(config_.server_name));
    client.deadline.start(config_.ping_timeout);
  }
}

void Server::closed(Client& client, std::error_code why) {
  if (!client.gone) attend(client, [&] { depart(client, why ? why.message() : "Connection closed"); });
  std::erase_if(overfull_, [&](const Overfull& each) { return each.client == &client; });
  hosts_.remove(client);
  clients_[client.place] = clients_.back();
  clients_[client.place]->place = client.place;
  clients_.pop_back();
}

// Comes in the middle of a walk over a channel's members: nothing is done about it yet.
void Server::send_queue_exceeded(Client& client) {
  if (client.connection.closing() || std::exchange(client.overfull, true)) return;
  overfull_.push_back({.client = &client, .judged_at = loop_.now() + overfull_patience});
  if (!judge_overfull_.running()) judge_overfull_.start(overfull_patience);
}

void Server::judge_overfull() {
  // Seeing one off can make others overfull: they come to the end of the list, and later.
  while (!overfull_.empty() && overfull_.front().judged_at <= loop_.clock()) {
    auto& client = *overfull_.front().client;
    overfull_.erase(overfull_.begin());
    client.overfull = false;
    if (!std::exchange(client.missed, false) && client.connection.queued() <= config_.send_queue) continue;
    auto options = client.connection.options();
    options.output_cap += farewell_room;
    client.connection.set_options(options);
    attend(client, [&] { quit(client, "SendQ exceeded"); });
    client.deadline.start(farewell_patience);
  }
  if (!overfull_.empty()) judge_overfull_.start_at(overfull_.front().judged_at);
}

// Also comes in the middle of a walk.
void Server::memory_grew() {
  if (!judge_memory_.running() && loop_.stats().memory > config_.send_memory) judge_memory_.start(0s);
}

// The clients for whom most is held make room for the others; a farewell would only come last in their queues. A client
// amid a message to many has little held for it, and goes on.
void Server::judge_memory() {
  const auto held = loop_.stats().memory;
  if (held <= config_.send_memory) return;
  auto excess = held - config_.send_memory;
  const auto held_for = [](const Client* client) { return client->connection.queued() + client->connection.kept(); };
  auto most_first = clients_;
  std::sort(most_first.begin(), most_first.end(),
            [&](const Client* left, const Client* right) { return held_for(left) > held_for(right); });
  for (auto* client : most_first) {
    const auto theirs = held_for(client);
    if (theirs < least_put_out) return;
    const bool by_input = client->connection.kept() > client->connection.queued();
    attend(*client, [&] { quit(*client, by_input ? "RecvQ exceeded" : "SendQ exceeded"); });
    client->connection.abort();
    if (theirs >= excess) return;
    excess -= theirs;
  }
}

// ---- users

Client* Server::find_user(std::string_view nick) const {
  const auto at = nicks_.find(eddy::irc_folded(nick));
  return at == nicks_.end() || !at->second->registered ? nullptr : at->second;
}

Client* Server::find_user(eddy::Id id) const {
  auto* connection = loop_.find(id);
  if (connection == nullptr) return nullptr;
  auto* client = connection->session<eddy::Irc<Session>>()->inner().client.get();
  return client == nullptr || !client->registered ? nullptr : client;
}

bool Server::nick_taken(std::string_view nick, const Client& by_other_than) const {
  const auto folded = eddy::irc_folded(nick);
  const auto at = nicks_.find(folded);
  return (at != nicks_.end() && at->second != &by_other_than) || departures_.has_nick(folded);
}

void Server::set_nick(Client& client, std::string_view nick) {
  if (!client.nick.empty()) nicks_.erase(eddy::irc_folded(client.nick));
  nicks_[eddy::irc_folded(nick)] = &client;
  client.nick = nick;
  client.renamed();
}

void Server::try_to_register(Client& client) {
  if (client.registered || client.gone || client.negotiating || client.verification != 0 || client.nick.empty() ||
      client.user.empty()) {
    return;
  }
  if (config_.password.empty() || client.password_right) return greet(client);
  const auto refuse = [this, &client](bool guessed) {
    if (guessed) warn_of(client, fmt::format("wrong password of the server from {}", client.host));
    client.reply(numeric::err_passwdmismatch, {}, "Password incorrect");
    quit(client, "Password incorrect");
  };
  if (client.password.empty()) return refuse(false);
  verify(client, std::move(client.password), config_.password, true, [this, &client, refuse](bool right) {
    if (!right) return refuse(true);
    client.password_right = true;
    try_to_register(client);
  });
}

void Server::greet(Client& client) {
  client.registered = true;
  client.renamed();
  client.signed_on = std::time(nullptr);
  Hosts::registered(client.origin);
  client.last_spoke = loop_.now();
  client.deadline.start(config_.ping_interval);
  counts_.most_users = std::max(counts_.most_users, ++counts_.users);
  send_welcome(*this, client);
  notify(fmt::format("Client connecting: {} ({}@{})", client.nick, client.user, client.host));
}

bool Server::set_user_mode(Client& client, char mode, bool on) {
  auto& modes = client.modes;
  auto& flag = mode == 'i'   ? modes.invisible
               : mode == 'o' ? modes.operator_
               : mode == 'w' ? modes.wallops
                             : modes.server_notices;
  if (std::exchange(flag, on) == on) return false;
  if (mode == 'i') on ? ++counts_.invisible : --counts_.invisible;
  if (mode == 'o') on ? ++counts_.operators : --counts_.operators;
  if (mode == 's') on ? ++notice_takers_ : --notice_takers_;
  return true;
}

void Server::quit(Client& client, std::string_view reason) {
  if (client.gone) return;
  farewell(client, reason);
  depart(client, reason);
}

void Server::farewell(Client& client, std::string_view reason) {
  eddy::IrcLine error({}, "ERROR");
  client.send(error.trailing("Closing Link: ").append(client.host).append(" (").append(reason).append(")"));
  client.end_response();
  client.connection.close();
}

void Server::depart(Client& client, std::string_view reason) {
  client.gone = true;
  client.deadline.start(parting_patience);
  client.flood_end.cancel();
  if (client.verification != 0) verifier_.cancel(client.verification);
  std::optional<Departures::Departure> departure;
  if (client.registered) {
    departure = Departures::of(client, reason);
    remember(client);
    for (const char mode : {'i', 'o', 'w', 's'}) set_user_mode(client, mode, false);
    --counts_.users;
    client.registered = false;
  }
  while (!client.memberships.empty()) leave(client, *client.memberships.back().channel);
  if (!client.nick.empty()) nicks_.erase(eddy::irc_folded(client.nick));
  // When everybody leaves, nobody needs to be told.
  if (departure && !loop_.draining()) departures_.add(*std::move(departure));
}

// A stranger can have the log told of him without end, which would fill a disk.
void Server::warn_of(const Client& client, std::string text) {
  std::uint64_t held_back = 0;
  if (!warn_ || !hosts_.may_warn(client.origin, held_back)) return;
  if (held_back > 0) text += fmt::format(" (and {} more of that host, not told)", held_back);
  warn_(text);
}

void Server::remember(const Client& client) {
  history_.add({.nick = client.nick,
                .user = client.user,
                .host = client.host,
                .realname = client.realname,
                .until = std::time(nullptr)},
               config_.whowas_entries);
}

void Server::notify(std::string_view text) {
  // Comes with every client that comes or goes: no walk for nobody.
  if (notice_takers_ == 0) return;
  for (auto* client : clients_) {
    if (client->registered && client->modes.server_notices) client->notice(fmt::format("*** {}", text));
  }
}

void Server::verify(Client& client, std::string password, const PasswordHash& expected, bool remembered,
                    Verifier::Done done) {
  client.hold(Hold::password);
  // Turns are a network's, not a host's: somebody may have all 256 addresses of one, or 65,536 hosts of IPv6. A client
  // that is a host by itself has its own.
  const auto network = eddy::AddressPrefix::network_of(client.connection.peer_address(), 24, 48);
  const auto who = client.origin.network && network ? network->to_string()
                                                    : fmt::format("{}#{}", client.host, client.connection.id().token());
  client.verification = verifier_.check(std::move(password), expected, who, remembered,
                                        [&client, done = std::move(done)](bool right) mutable {
                                          client.verification = 0;
                                          client.release(Hold::password);
                                          done(right);
                                        });
}

// ---- channels

std::shared_ptr<Channel> Server::share_channel(std::string_view name) const {
  const auto at = channels_.find(eddy::irc_folded(name));
  return at == channels_.end() ? nullptr : at->second;
}

Channel& Server::make_channel(std::string_view name) {
  auto& channel = channels_[eddy::irc_folded(name)];
  channel = std::make_shared<Channel>(name, ++channel_numbers_);
  channels_by_number_.emplace(channel->number, channel.get());
  return *channel;
}

Channel* Server::find_channel(std::uint64_t number) const {
  const auto at = channels_by_number_.find(number);
  return at == channels_by_number_.end() ? nullptr : at->second;
}

Channel* Server::next_channel(std::uint64_t after) const {
  const auto at = channels_by_number_.upper_bound(after);
  return at == channels_by_number_.end() ? nullptr : at->second;
}

void Server::leave(Client& client, Channel& channel) {
  channel.remove(client);
  if (!channel.members().empty()) return;
  all_list_entries_ -= channel.list_entries();
  channels_by_number_.erase(channel.number);
  channels_.erase(eddy::irc_folded(channel.name));
}

std::size_t Server::most_list_entries(const Channel& channel) const {
  if (all_list_entries_ < config_.all_list_entries) return config_.list_entries;
  return std::min(config_.list_entries, std::max(channel.members().size(), least_list_entries));
}

// ---- the server itself

std::string Server::rehash(Config config) {
  std::vector<std::string_view> later;
  if (config.server_name != config_.server_name) later.emplace_back("server_name");
  if (config.send_queue != config_.send_queue) later.emplace_back("send_queue");
  const auto withdrawn = config_.capabilities.without(config.capabilities);
  const auto added = config.capabilities.without(config_.capabilities);
  config.server_name = config_.server_name;
  config.send_queue = config_.send_queue;  // the connections' limits come from it
  config_ = std::move(config);
  announce_capabilities(*this, withdrawn, added);
  auto tokens = isupport_tokens(config_);
  std::vector<std::string> changed;
  for (const auto& token : tokens) {
    if (std::find(isupport_.begin(), isupport_.end(), token) == isupport_.end()) changed.push_back(token);
  }
  isupport_ = std::move(tokens);
  if (!changed.empty()) {
    for (auto* client : clients_) {
      if (client->registered) send_isupport(*client, changed);
    }
  }
  if (later.empty()) return "";
  return fmt::format("{} {} a restart", fmt::join(later, " and "), later.size() == 1 ? "takes" : "take");
}

std::string Server::reread_config() { return read_config_ ? rehash(read_config_()) : ""; }

void Server::die() {
  if (die_) {
    die_();
  } else {
    loop_.drain(die_patience);
  }
}

std::string_view Server::time_tag() {
  using namespace std::chrono;
  const auto now = floor<milliseconds>(system_clock::now());
  const auto since_epoch = now.time_since_epoch().count();
  if (std::exchange(time_tag_ms_, since_epoch) != since_epoch) {
    time_tag_ =
        fmt::format("time={:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(system_clock::to_time_t(now)), since_epoch % 1000);
  }
  return time_tag_;
}

std::string Server::next_batch() { return std::to_string(++batches_); }

}  // namespace chat
