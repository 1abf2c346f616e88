// Server: an IRC server on one loop (RFC 1459 and 2812 as modern.ircdocs.horse has them, and IRCv3 capabilities).
//
//   eddy::Loop loop;
//   chat::Server server(loop, chat::Config{});
//   server.listen("tcp://127.0.0.1:6667");
//   loop.run();
//
// Belongs to the loop's thread, and must be destroyed before the loop: that says goodbye to everybody.
#pragma once

#include <protocols/irc.h>
#include <reactor/address.h>
#include <reactor/callback.h>
#include <reactor/keyed_hash.h>
#include <reactor/listener.h>
#include <reactor/loop.h>
#include <reactor/options.h>
#include <reactor/timer.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "apps/chat/broadcast.h"
#include "apps/chat/channel.h"
#include "apps/chat/client.h"
#include "apps/chat/config.h"
#include "apps/chat/departures.h"
#include "apps/chat/history.h"
#include "apps/chat/hosts.h"
#include "apps/chat/verifier.h"

namespace chat {

class Server {
 public:
  Server(eddy::Loop& loop, Config config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens: the address with the port that the system chose for 0. Throws std::system_error as Listener does.
  // The connection's output limits are the Config's (send_queue), whatever `options` says.
  eddy::Address listen(std::string_view url, const eddy::ListenOptions& options = {});

  // Takes a new configuration from now on. Who is here stays, also over a new limit; send_queue and the
  // server's name stay what they were, and capabilities no longer offered are withdrawn. Says which of it takes a
  // restart, as a sentence; empty when nothing does.
  std::string rehash(Config config);

  // What REHASH asks for the new configuration; may throw what says why there is none. Without it there is nothing to
  // read anew.
  void on_rehash(eddy::Callback<Config()> read) { read_config_ = std::move(read); }
  // Gets what whoever runs the server should see, a line each: wrong passwords with the address that they came from.
  void on_warning(eddy::Callback<void(std::string_view)> warn) { warn_ = std::move(warn); }
  // What DIE does. Without it the loop drains for 5 seconds.
  void on_die(eddy::Callback<void()> die) { die_ = std::move(die); }

  // ---- For the commands

  eddy::Loop& loop() const { return loop_; }
  const Config& config() const { return config_; }
  const std::vector<std::string>& isupport() const { return isupport_; }
  std::time_t started() const { return started_; }

  // Users, which have registered
  Client* find_user(std::string_view nick) const;
  Client* find_user(eddy::Id connection) const;
  const std::vector<Client*>& clients() const { return clients_; }  // registered or not
  bool nick_taken(std::string_view nick, const Client& by_other_than) const;
  void set_nick(Client& client, std::string_view nick);
  // Welcomes the client once it has said all it must.
  void try_to_register(Client& client);
  // Changes i, o, w or s. False when it was so before.
  bool set_user_mode(Client& client, char mode, bool on);
  // Sees a client off: others see `reason` in its QUIT, it gets it in an ERROR.
  void quit(Client& client, std::string_view reason);
  // For WHOWAS, as it is now.
  void remember(const Client& client);

  struct Counts {
    std::size_t users = 0;
    std::size_t invisible = 0;
    std::size_t operators = 0;
    std::size_t most_users = 0;
  };
  const Counts& counts() const { return counts_; }
  const History& history() const { return history_; }

  // Channels
  Channel* find_channel(std::string_view name) const { return share_channel(name).get(); }
  Channel* find_channel(std::uint64_t number) const;  // null when it has ended
  std::shared_ptr<Channel> share_channel(std::string_view name) const;
  Channel& make_channel(std::string_view name);
  std::size_t channels() const { return channels_.size(); }
  // The first one made after that of this number; null where there is none. So all can be gone through, while they come
  // and go.
  Channel* next_channel(std::uint64_t after) const;
  // Takes a member out of a channel; one that is empty then ends, and `channel` with it.
  void leave(Client& client, Channel& channel);

  // Bans and other masks that the channel may have now.
  std::size_t most_list_entries(const Channel& channel) const;
  void count_list_entry(bool is_new) { is_new ? ++all_list_entries_ : --all_list_entries_; }

  // Everybody who shares a channel with the client, once each; not the client itself.
  template <class F>
  void for_each_neighbour(const Client& client, F visit) {
    const auto walk = ++visits_;
    for (const auto& membership : client.memberships) {
      for (const auto& member : membership.channel->members()) {
        if (member.client == &client || member.client->visit == walk) continue;
        member.client->visit = walk;
        visit(*member.client);
      }
    }
  }
  // Those who asked for server notices (user mode s).
  void notify(std::string_view text);

  // Checks a password aside: the client's commands wait, and `done(right)` follows unless the client goes.
  // `remembered`: as Verifier has it.
  void verify(Client& client, std::string password, const PasswordHash& expected, bool remembered, Verifier::Done done);

  std::vector<std::uint64_t>& command_counts() { return command_counts_; }  // in the order of commands()

  void warn_of(const Client& client, std::string text);  // a few of each host
  std::string reread_config();                           // as rehash; throws what on_rehash's function throws
  void die();

  std::string_view time_tag();  // "time=2026-01-31T12:00:00.000Z", now
  std::string next_batch();

  // ---- For sessions and clients

  std::unique_ptr<Client> admit(eddy::Connection& connection);  // null when there is no room for it: it is closed
  // How many connections that were refused are still open. It may outlive the server.
  const std::shared_ptr<std::size_t>& refused() const { return refused_; }
  void receive(Client& client, const eddy::IrcMessage& message);
  void reject_line(Client& client, std::string_view numeric, std::string_view text);
  void closed(Client& client, std::error_code why);
  void deadline_passed(Client& client);
  void send_queue_exceeded(Client& client);
  void memory_grew();
  Hosts& hosts() { return hosts_; }
  void made_message() { ++messages_made_; }
  void made_write() { ++writes_made_; }
  // The messages of one command count for no more lines: a client that asks for a long list is not muted for long.
  static constexpr double most_lines_of_messages = 20;
  // Does something for the client, on the account of its host's time and its own flood control.
  template <class F>
  void attend(Client& client, F f) {
    const auto since = loop_.clock();
    const auto before = messages_made_;
    const auto writes_before = writes_made_;
    f();
    const auto lines = static_cast<double>(messages_made_ - before) / static_cast<double>(config_.flood_messages);
    const auto room = std::max(most_lines_of_messages - client.lines_of_messages, 0.0);
    client.lines_of_messages += lines;
    client.extra_lines += std::min(lines, room);
    hosts_.had(client.origin, since, writes_made_ - writes_before);
  }
  // Flood control: counts so many lines, and what the client's work has cost besides.
  void charge(Client& client, double lines);

 private:
  void heard(Client& client);
  void execute(Client& client, const eddy::IrcMessage& message);
  bool is_unlimited(const eddy::Address& peer) const;
  std::string_view why_not(Host& origin);
  void greet(Client& client);
  void depart(Client& client, std::string_view reason);
  void farewell(Client& client, std::string_view reason);
  void judge_overfull();
  void judge_memory();

  eddy::Loop& loop_;
  Config config_;
  std::vector<std::string> isupport_;
  std::time_t started_;
  eddy::Callback<Config()> read_config_;
  eddy::Callback<void()> die_;
  eddy::Callback<void(std::string_view)> warn_;
  std::vector<Client*> clients_;
  // Strangers choose these names: the hash is keyed, so that nobody can choose many that collide.
  template <class Value>
  using ByName = std::unordered_map<std::string, Value, eddy::KeyedHash, std::equal_to<>>;
  ByName<Client*> nicks_;                      // folded; of those who have registered and others
  ByName<std::shared_ptr<Channel>> channels_;  // folded
  std::map<std::uint64_t, Channel*> channels_by_number_;
  Hosts hosts_;
  struct Overfull {
    Client* client;
    eddy::TimePoint judged_at;
  };
  std::vector<Overfull> overfull_;
  eddy::Timer judge_overfull_;
  eddy::Timer judge_memory_;
  Departures departures_;
  Counts counts_;
  std::size_t notice_takers_ = 0;  // users with the mode s
  const std::shared_ptr<std::size_t> refused_ = std::make_shared<std::size_t>(0);
  std::vector<std::uint64_t> command_counts_;
  History history_;
  Verifier verifier_;
  std::uint64_t messages_made_ = 0;
  std::uint64_t writes_made_ = 0;  // connections that had nothing to be written then
  std::uint64_t visits_ = 0;
  std::uint64_t channel_numbers_ = 0;
  std::size_t all_list_entries_ = 0;  // of all channels
  std::uint64_t batches_ = 0;
  std::int64_t time_tag_ms_ = -1;
  std::string time_tag_;
  std::vector<std::unique_ptr<eddy::ListenerBase>> listeners_;
};

}  // namespace chat
