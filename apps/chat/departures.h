// Departures: tells the channels of somebody who has gone. When thousands go at once that takes longer than a turn may
// take. So it goes on in slices, and until all have heard of a departure its nick is nobody else's.
#pragma once

#include <reactor/keyed_hash.h>
#include <reactor/time.h>
#include <reactor/timer.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace chat {

class Client;
class Server;

class Departures {
 public:
  explicit Departures(Server& server);

  // A departure as it is told. It is made while the client is still in its channels.
  struct Departure {
    std::string nick;  // folded
    std::string line;
    std::string notice;                     // for those who asked for notices of the server
    std::vector<std::uint64_t> channels{};  // by number
    std::uint64_t number = 0;               // no other one has it
    std::size_t members_left = 0;           // of the first channel, if that is begun
    bool begun = false;
  };
  static Departure of(const Client& client, std::string_view reason);
  // Begins to tell it: the client has left its channels.
  void add(Departure departure);

  bool has_nick(const std::string& folded) const { return nicks_.contains(folded); }

 private:
  void go_on();
  bool tell_some(Departure& departure);

  Server& server_;
  std::deque<Departure> waiting_;                                            // the first one goes on
  std::unordered_set<std::string, eddy::KeyedHash, std::equal_to<>> nicks_;  // of those who wait
  std::uint64_t last_number_ = 0;
  bool late_ = false;  // the last turn had no time for them
  eddy::Timer timer_;
};

}  // namespace chat
