// History: who has left the server or changed their nickname, for WHOWAS. Keeps a bounded number, the latest.
#pragma once

#include <cstddef>
#include <ctime>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class History {
 public:
  struct Entry {
    std::string nick;
    std::string user;
    std::string host;
    std::string realname;
    std::time_t until = 0;
  };

  void add(Entry entry, std::size_t most);

  // The latest first; no more than `most` of them. Good until the next add.
  std::vector<const Entry*> find(std::string_view nick, std::size_t most) const;

 private:
  std::deque<Entry> entries_;
};

}  // namespace chat
