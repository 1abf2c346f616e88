#include "responder.h"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>

namespace attack {

std::string Responder::answer(std::string_view bytes, std::string& to_all) {
  if (workload_ == Workload::echo || workload_ == Workload::line || workload_ == Workload::frames)
    return std::string(bytes);
  in_ += bytes;
  switch (workload_) {
    case Workload::cache: return cache_answer();
    case Workload::http: return http_answer();
    default: return chat_answer(to_all);
  }
}

bool Responder::next_line(std::string& line) {
  const auto end = in_.find('\n');
  if (end == std::string::npos) return false;
  line = in_.substr(0, end);
  if (line.ends_with('\r')) line.pop_back();
  in_.erase(0, end + 1);
  return true;
}

std::string Responder::cache_answer() {
  std::string all;
  std::string line;
  while (next_line(line)) {
    std::istringstream words(line);
    std::string command;
    std::string key;
    words >> command >> key;
    if (command == "set") {
      std::string flags;
      std::string expiry;
      std::size_t size = 0;
      words >> flags >> expiry >> size;
      if (in_.size() < size + 2) {  // the rest of the block comes later
        in_.insert(0, line + "\r\n");
        break;
      }
      in_.erase(0, size + 2);
      all += "STORED\r\n";
    } else if (command == "get") {
      const auto size = random_.below(200);
      all += random_.one_in(2) ? "END\r\n"
                               : fmt::format("VALUE {} {} {}\r\n{}\r\nEND\r\n", key, random_.below(1000), size,
                                             std::string(size, 'v'));
    } else if (!line.empty()) {
      all += "ERROR\r\n";
    }
  }
  return all;
}

std::string Responder::http_answer() {
  constexpr const char* answers[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n3\r\nabc\r\n0\r\nX: x\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nServer: x\r\n\r\n",
      "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nX-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\nabc",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
      "HTTP/1.0 200 OK\r\n\r\nuntil the end",
      "HTTP/1.1 304 Not Modified\r\n\r\n"};
  std::string all;
  for (auto end = in_.find("\r\n\r\n"); end != std::string::npos; end = in_.find("\r\n\r\n")) {
    in_.erase(0, end + 4);
    all += random_.one_in(3) ? random_.pick(answers) : answers[0];
  }
  return all;
}

std::string Responder::chat_answer(std::string& to_all) {
  std::string all;
  std::string line;
  while (next_line(line)) {
    std::istringstream words(line);
    std::string command;
    std::string what;
    words >> command >> what;
    if (command == "NICK") nick_ = what;
    if (command == "USER") all += fmt::format(":test 001 {0} :Welcome\r\n:test 422 {0} :No message\r\n", nick_);
    if (command == "PING") all += fmt::format(":test PONG test {}\r\n", what);
    if (command == "JOIN" && random_.one_in(6)) {
      all += fmt::format(":test 473 {} {} :Cannot join channel (+i)\r\n", nick_, what);
    } else if (command == "JOIN") {
      to_all += fmt::format(":{}!~eddy@test JOIN {}\r\n", nick_, what);
      all += fmt::format(":{0}!~eddy@test JOIN {1}\r\n:test 353 {0} = {1} :{0}\r\n:test 366 {0} {1} :End\r\n", nick_,
                         what);
    }
    if (command == "PRIVMSG") to_all += fmt::format(":{}!~eddy@test {}\r\n", nick_, line);
    if (command == "PRIVMSG" && random_.one_in(50)) {
      constexpr const char* ends[] = {":a!b@c KICK {1} {0} :Away with you\r\n", "ERROR :Closing Link: {0} (Flood)\r\n",
                                      ":{0}!~eddy@test NICK :another\r\n", "PING :x\r\n"};
      all += fmt::format(fmt::runtime(random_.pick(ends)), nick_, what);
    }
    if (command == "QUIT") all += "ERROR :Closing Link: test (Quit)\r\n";
  }
  return all;
}

}  // namespace attack
