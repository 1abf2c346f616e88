#include "chat_fixture.h"

#include <apps/chat/password.h>

#include <future>
#include <stdexcept>
#include <utility>

namespace chat::test {
namespace {

chat::Config config_with(std::string_view settings) {
  std::string text =
      "server_name irc.test\n"
      "network TestNet\n"
      "description The server under test\n"
      "flood_rate 0\n";
  if (has_passwords()) text += "operator root " + hashed("s3cret") + "\n";
  return chat::parse_config(text.append(settings));
}

}  // namespace

ServerThread::ServerThread(chat::Config config, const eddy::ListenOptions& options) {
  std::promise<void> listening;
  thread_ = std::thread([&] {
    eddy::Loop loop;
    chat::Server server(loop, std::move(config));
    url_ = server.listen("tcp://127.0.0.1:0", options).to_string();
    server_ = &server;
    loop_ = &loop;
    remote_ = loop.remote();
    listening.set_value();
    loop.run();
  });
  listening.get_future().wait();
}

ServerThread::~ServerThread() {
  remote_->post([this] { loop_->stop(); });
  if (thread_.joinable()) thread_.join();
}

void ServerThread::run_there(std::function<void(chat::Server&, eddy::Loop&)> task) {
  std::promise<void> done;
  remote_->post([&] {
    task(*server_, *loop_);
    done.set_value();
  });
  done.get_future().wait();
}

void ChatTest::serve(std::string_view settings, const eddy::ListenOptions& options) {
  server_.emplace(config_with(settings), options);
}

void ChatTest::rehash(std::string_view settings) {
  auto config = config_with(settings);
  server_->run_there([&](chat::Server& server, eddy::Loop&) { server.rehash(std::move(config)); });
}

Client& ChatTest::connect(const eddy::ConnectOptions& options) {
  if (!server_) serve();
  return clients_.emplace_back(loop_, server_->url(), options);
}

Client& ChatTest::user(const std::string& nick, std::string_view capabilities, const eddy::ConnectOptions& options) {
  auto& client = connect(options);
  if (!capabilities.empty()) client.send("CAP REQ :" + std::string(capabilities));
  client.send("NICK " + nick);
  client.send("USER " + nick + " 0 * :Real " + nick);
  if (!capabilities.empty()) client.send("CAP END");
  client.settle();
  return client;
}

void ChatTest::join(const std::string& channel, std::initializer_list<Client*> clients) {
  for (auto* client : clients) client->ask("JOIN " + channel);
  for (auto* client : clients) client->settle();
}

bool has_passwords() {
  static const bool has = [] {
    try {
      chat::hash_password("", 1);
      return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  }();
  return has;
}

std::string hashed(std::string_view password) { return chat::hash_password(password, 1).to_string(); }

Client& PasswordTest::operator_user(const std::string& nick) {
  auto& client = user(nick);
  client.send("OPER root s3cret");
  client.expect("381 " + nick + " :%");
  client.settle();
  return client;
}

}  // namespace chat::test
