#include "chat_server.h"

#include <fmt/format.h>
#include <reactor/listener.h>

#include <charconv>
#include <map>
#include <memory>
#include <utility>

namespace load::test {
namespace {

struct Member {
  eddy::Connection* connection;
  int number;
};

struct Channel {
  ChatBehaviour behaviour;
  std::map<std::string, Member> members = {};  // by nick
  std::uint64_t said = 0;

  void tell_all(const std::string& line) {
    for (const auto& [nick, member] : members) member.connection->send(line);
  }
};

class User {
 public:
  explicit User(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}

  void on_message(eddy::Connection& peer, const eddy::IrcMessage& message) {
    const auto command = message.command();
    if (command == "NICK") {
      const std::string nick(message.param(0));
      const auto digits = nick.find_first_of("0123456789");
      std::from_chars(nick.data() + digits, nick.data() + nick.size(), number_);
      nick_ = channel_->behaviour.rename(nick);
    }
    if (channel_->behaviour.instead(peer, number_, message)) return;
    if (command == "USER") {
      peer.send(fmt::format(":test 001 {} :Welcome\r\n:test 422 {} :MOTD File is missing\r\n", nick_, nick_));
    } else if (command == "JOIN") {
      const std::string channel(message.param(0));
      channel_->members.insert_or_assign(nick_, Member{&peer, number_});
      channel_->tell_all(fmt::format(":{}!~eddy@test JOIN {}\r\n", nick_, channel));
      peer.send(fmt::format(":test 353 {} = {} :{}\r\n:test 366 {} {} :End of /NAMES list.\r\n", nick_, channel, nick_,
                            nick_, channel));
    } else if (command == "PRIVMSG") {
      const auto line = fmt::format(":{}!~eddy@test PRIVMSG {} :{}\r\n", nick_, message.param(0), message.param(1));
      const auto count = channel_->said++;
      for (const auto& [nick, member] : channel_->members) {
        if (nick != nick_) channel_->behaviour.pass_on(*member.connection, member.number, count, line);
      }
    } else if (command == "QUIT") {
      peer.send("ERROR :Closing Link\r\n");
      peer.close();
    }
  }
  void on_close(eddy::Connection& peer, std::error_code /*why*/) {
    const auto found = channel_->members.find(nick_);
    if (found != channel_->members.end() && found->second.connection == &peer) channel_->members.erase(found);
  }

 private:
  std::shared_ptr<Channel> channel_;  // whose connections may outlive the server
  std::string nick_;
  int number_ = -1;
};

}  // namespace

TestServer chat_server(const std::string& url, ChatBehaviour behaviour) {
  return TestServer([=](eddy::Loop& loop) -> TestServer::Serving {
    auto channel = std::make_shared<Channel>(Channel{behaviour});
    auto server = std::make_shared<eddy::Listener<eddy::Irc<User>>>(
        loop, url, [channel] { return eddy::Irc<User>(User(channel)); });
    auto address = server->address().to_string();
    return {std::move(server), std::move(address)};
  });
}

}  // namespace load::test
