// Swarm: many connections that do the same to a server, from one host or several, at a rate and no faster.
#pragma once

#include <reactor/connection.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tally.h"

namespace attack {

// Which of the connections says something, and how often it has done so.
struct Speaker {
  std::size_t number;  // 0 to connections - 1
  std::size_t life;    // how many times it was connected before
  std::size_t turn;    // how many payloads it has sent in this life
};
using Text = std::string (*)(const Speaker&);

struct SwarmPlan {
  std::size_t connections = 20;
  std::size_t hosts = 1;       // source addresses, each of a network of its own: 127.1.1.1, 127.1.2.1 and so on
  std::size_t opened = 200;    // connections a second at the most; those that the server ended come again
  Text leader = nullptr;       // what connection 0 says first; the others come when the server has done all of it
  Text preamble = nullptr;     // what each says first
  Text payload = nullptr;      // and then, again and again
  double rate = 0;             // payloads a second of each connection
  bool reads = true;           // else it reads nothing after what it was told of its preamble
  double life = 0;             // seconds, after which a connection is reset, and comes again; 0: for good
  std::string_view done = {};  // what the server says when it has done a preamble; nothing: nobody waits for it
};

class Swarm {
 public:
  Swarm(eddy::Loop& loop, const SwarmPlan& plan, std::string url, Tally& tally);
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;
  ~Swarm();

  // Whether each connection was set up, or ended by the server, at least once.
  bool ready() const { return set_up_ >= members_.size(); }

 private:
  class Member;
  void open_some();
  void came_to_something(Member& member);
  void open_again(Member& member) { to_open_.push_back(&member); }

  eddy::Loop& loop_;
  const SwarmPlan plan_;
  std::string url_;
  Tally& tally_;
  std::vector<std::unique_ptr<Member>> members_;
  std::deque<Member*> to_open_;
  double may_open_ = 0;
  std::size_t set_up_ = 0;
  eddy::Timer opening_;
};

}  // namespace attack
