// Hosts: what the clients of one host share: how many they may be, and the server's time.
//
// In each turn of the loop a host gets some time for its commands. What its clients ask for beyond that is put off
// (Client::put_off), and the hosts that wait take turns. So a thousand connections of one host, each with a command
// that costs much, delay everybody else hardly more than one of them does.
//
// A host is an IPv4 address, or the network of an IPv6 one, whose other 64 bits are for whoever has the network to
// choose. All clients on Unix sockets are one host.
#pragma once

#include <reactor/address.h>
#include <reactor/address_prefix.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_map>

namespace chat {

class Client;

struct Host {
  std::optional<eddy::AddressPrefix> network;
  std::size_t clients = 0;
  std::size_t unregistered = 0;  // of them

  eddy::TimePoint turn{};         // the last one in which it had some time
  eddy::Duration used{};          // of that turn
  std::deque<Client*> waiting{};  // for time; the first goes on next
};

class Hosts {
 public:
  explicit Hosts(eddy::Loop& loop) : loop_(loop), go_on_(loop, [this] { go_on(); }) {}

  // The host of that peer. It stays as long as it has clients: add() or forget_if_empty() has to come next.
  Host& of(const eddy::Address& peer);
  void add(Client& client);
  void remove(Client& client);  // from its host, and from those who wait
  // One of the host's clients has registered.
  static void registered(Host& host) { --host.unregistered; }
  // Forgets the host when it has no clients.
  void forget_if_empty(Host& host);

  // Whether the host may have something done now.
  bool has_time(const Host& host) const;
  // Tells until when the host's clients may go on now.
  eddy::TimePoint time_ends(const Host& host) const;
  // The host has had all the time since then.
  void had(Host& host, eddy::TimePoint since);
  // Calls the client's go_on when the client has its turn.
  void wait_for_turn(Client& client);

 private:
  void go_on();

  eddy::Loop& loop_;
  std::unordered_map<std::optional<eddy::AddressPrefix>, Host> hosts_;
  std::deque<Host*> waiting_;  // whose clients wait; the first goes on next
  eddy::Timer go_on_;
};

}  // namespace chat
