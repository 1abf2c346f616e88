// Hosts: what the clients of one host share: how many they may be, how often they come, and the server's time.
//
// A host may use a twentieth of the server's time, and half a millisecond at once. What its clients ask for beyond that
// is put off (Client::put_off), as is what anybody asks for when a turn of the loop has taken long already. Those who
// wait go on in an order: first the host that will be the first to have made up for what it has used and for what it
// asks now. What that costs is known when it is done; until then it is taken for as much as the host's commands usually
// cost. So a thousand connections with commands that cost much delay everybody else hardly more than one of them does,
// whether one host has them or many; and what nobody else needs of the time is theirs.
//
// The time of a command is not all that it costs: each connection that it writes to is written to by the loop later.
//
// A host is an IPv4 address, or the network of an IPv6 one, whose other 64 bits are for whoever has the network to
// choose. Where many people may share an address (Config::unlimited, Unix sockets), each client is a host by itself. A
// host that has used more than its share, or has come often, is remembered for as long as that takes to make up for,
// though all its clients go: one that comes again begins where it was.
#pragma once

#include <reactor/address.h>
#include <reactor/address_prefix.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace chat {

class Client;

struct Host {
  std::optional<eddy::AddressPrefix> network;  // none for a client that is a host by itself
  std::size_t clients = 0;
  std::size_t unregistered = 0;  // of them

  // A host that uses time pays it back as time goes by, 20 times as long as it has used. This is when nothing is owed
  // any more, at most two seconds ahead. From then on it may save up what it may use at once.
  eddy::TimePoint made_up{};
  eddy::TimePoint connects_made_up{};  // the same of its connections
  eddy::TimePoint warnings_made_up{};  // and of what the log says of it
  std::uint64_t warnings_held_back = 0;
  bool remembered = false;  // is among those that have no clients
  // About what one thing that its clients ask for costs; what has cost much is not forgotten at once.
  eddy::Duration usual_cost{};
  std::deque<Client*> waiting{};  // for time; the first goes on next
  eddy::TimePoint turn{};         // while they wait: the host with the earliest goes on
};

class Hosts {
 public:
  explicit Hosts(eddy::Loop& loop) : loop_(loop), go_on_(loop, [this] { go_on(); }) {}

  // The host of that peer, which is one by itself when it is `alone`. It stays as long as it has clients: add() or
  // forget_if_empty() has to come next.
  Host& of(const eddy::Address& peer, bool alone);
  void add(Client& client);
  void remove(Client& client);  // from its host, and from those who wait
  // Counts one more connection of the host. False when it has come more often than so: as many may come at once.
  bool may_come(Host& host, std::size_t per_minute);
  // Whether the log may tell one more thing of the host: 10 at once, and 10 a minute. If so, `held_back` is how many it
  // was not told since the last one.
  bool may_warn(Host& host, std::uint64_t& held_back);
  // One of the host's clients has registered.
  static void registered(Host& host) { --host.unregistered; }
  // Forgets the host when it has no clients, at once or when it has made up for what it has used.
  void forget_if_empty(Host& host);

  // Whether anybody may have something done in this turn.
  bool turn_has_time() const;
  // Whether the host may have something done now.
  bool has_time(const Host& host) const;
  // Tells until when the host's clients may go on now.
  eddy::TimePoint time_ends(const Host& host) const;
  // The host has had all the time since then, and connections that had nothing to be written now have: `writes`.
  void had(Host& host, eddy::TimePoint since, std::uint64_t writes);
  // Calls the client's go_on when the client has its turn.
  void wait_for_turn(Client& client);

 private:
  using Waiting = std::set<std::pair<eddy::TimePoint, Host*>>;  // by Host::turn

  void go_on();
  bool owes_nothing(const Host& host) const;
  void enqueue(Host& host);
  void dequeue(Host& host) { waiting_.erase({host.turn, &host}); }
  void forget_some();
  void note_turn(eddy::Duration time);

  eddy::Loop& loop_;
  std::unordered_map<eddy::AddressPrefix, Host> hosts_;
  std::unordered_map<const Host*, std::unique_ptr<Host>> alone_;
  std::deque<eddy::AddressPrefix> empty_;  // hosts that had no clients when they were put here; each is once in it
  Waiting waiting_;                        // whose clients wait
  eddy::TimePoint turn_{};                 // the last one in which somebody had time
  eddy::Duration used_in_turn_{};
  eddy::Duration used_by_waiting_{};  // since their turn began, writes included
  bool late_ = false;                 // the last turn had no time for those who wait, but for what is cheap
  eddy::Timer go_on_;
};

}  // namespace chat
