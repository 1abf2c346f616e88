// World: one loop with listeners, connections of its own and raw peers, watches and datagram sockets, on which a seed
// decides what everybody does. Whatever that is, the contract holds:
//
//  - each session's callbacks come in order, on_close once and last, none inside another one;
//  - every byte that arrives is the one that was sent, in its place, on its own connection;
//  - whoever ends nothing himself hears all that his peer has said, also when the peer resets;
//  - when the peers have come to read, everybody gets on, and a loop with nothing to do is quiet;
//  - what is freed at the end of a run feeds who waits for it, in the turn after it;
//  - the loop's end, with work under way or without, comes in time, and leaves no descriptor and no file behind.
#pragma once

#include <reactor/datagram.h>
#include <reactor/listener.h>

#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../support/raw_socket.h"
#include "stream_bytes.h"

namespace eddy::test {

class World;

// What a session is like.
enum class Manner : std::uint8_t {
  wild,      // does anything, to itself and to the other wild ones
  reader,    // reads all, sends at times
  echo,      // sends back what comes, and keeps what is refused
  oversize,  // asks to send more than can ever be sent, and reads in pieces
};

// One end of a connection that is the loop's.
struct End {
  End(Manner with, Key key) : manner(with), sent(key) {}

  const Manner manner;
  SentBytes sent;
  ReceivedBytes received;
  Id id{};
  bool begun = false;  // by connect(), or by on_open
  bool opened = false;
  bool end_told = false;
  bool closed = false;
  bool low_owed = false;  // a send was refused that can be accepted
  std::error_code why;
};

struct WorldSession {
  World* world;
  End* end;
  void on_open(Connection& peer);
  std::size_t on_data(Connection& peer, Bytes in);
  void on_end(Connection& peer);
  void on_high(Connection& peer);
  void on_low(Connection& peer);
  void on_drain(Connection& peer);
  void on_close(Connection& peer, std::error_code why);
};

struct DeafClerk {
  static void on_datagram(DatagramSocket& /*socket*/, Bytes /*in*/, const Address& /*from*/) {}
};

// The other end of an accepted connection, made of system calls.
struct RawPeer {
  RawPeer(const Address& to, Key key, int buffer) : socket(to, buffer), sent(key) {}

  RawSocket socket;
  SentBytes sent;
  ReceivedBytes received;
  bool silent = false;  // does not read, for now
  bool gone = false;
};

class World {
 public:
  World(std::string driver, std::uint32_t seed, std::string folder);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // All that the seed asks for. Failures are gtest's.
  void run();

 private:
  friend struct WorldSession;
  struct Watching {
    std::pair<RawSocket, RawSocket> sockets = socket_pair();
    std::optional<Watch> watch;
    bool called = false;
  };

  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  Key new_key();
  Manner some_manner();
  ConnectionOptions some_options();
  End& new_end(Manner manner);

  // What happens
  void step();
  void turn();
  void add_peer();
  void add_connection();
  void peer_acts(RawPeer& peer);
  void say(RawPeer& peer, std::size_t count);
  void hear(RawPeer& peer, std::size_t most);
  void reset(RawPeer& peer);
  void crowd_at_a_stop();
  void connect_to_nobody();
  void watch_twice();
  void fill_datagrams();
  void pile_up();
  void abort_senders();

  // What sessions do
  void act(Connection& peer, End& end);
  void do_anything(Connection& peer, End& end);
  void send_some(Connection& peer, End& end, std::size_t count);
  std::size_t echo(Connection& peer, End& end, Bytes in);
  template <class Body>
  void callback(Connection& peer, End& end, Body body);

  // What is expected
  void expect_all_get_on();
  void expect_quiet();
  void expect_memory_feeds();
  bool all_is_heard();
  // What the peer, or the session of its connection, still waits for; empty when nothing.
  std::string what_is_missing(const RawPeer& peer);
  End* end_of(Key key);

  std::mt19937 random_;
  const std::size_t descriptors_;  // open when the world began
  const std::string folder_;
  std::set<Key> claimed_;  // of whose stream somebody has read
  std::deque<End> ends_;   // outlive the loop, whose end calls on_close
  int depth_ = 0;
  bool healing_ = false;
  std::size_t lows_and_ends_ = 0;  // how many on_low and on_close there were
  bool tight_ = false;             // the memory budget is
  ConnectionOptions options_;
  std::unique_ptr<Loop> loop_;
  std::vector<std::unique_ptr<Listener<WorldSession>>> listeners_;
  std::list<RawPeer> peers_;
  std::vector<Key> resets_;  // of peers that have reset a reader's connection; all that they sent is heard
  std::vector<std::size_t> said_before_reset_;
  std::list<Watching> watches_;
  std::vector<std::unique_ptr<Datagram<DeafClerk>>> datagrams_;
};

}  // namespace eddy::test
