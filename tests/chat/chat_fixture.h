// ChatTest: a server of its own for each test, and the clients that talk to it.
#pragma once

#include <apps/chat/config.h>
#include <apps/chat/server.h>
#include <gtest/gtest.h>
#include <reactor/loop.h>

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "../support/loop_until.h"
#include "chat_client.h"

namespace chat::test {

using namespace std::chrono_literals;

// A server on a loop and a thread of its own, at a free port of 127.0.0.1.
class ServerThread {
 public:
  explicit ServerThread(chat::Config config, const eddy::ListenOptions& options = {});
  ~ServerThread();  // stops it and waits
  ServerThread(const ServerThread&) = delete;
  ServerThread& operator=(const ServerThread&) = delete;

  const std::string& url() const { return url_; }
  // Runs it on the server's thread, and waits until it has run.
  void run_there(std::function<void(chat::Server&, eddy::Loop&)> task);
  // Waits until the loop has ended by itself.
  void join() { thread_.join(); }

 private:
  std::string url_;
  chat::Server* server_ = nullptr;
  eddy::Loop* loop_ = nullptr;
  std::optional<eddy::Remote> remote_;
  std::thread thread_;
};

class ChatTest : public testing::Test {
 protected:
  // Starts the server with these settings and those of every test: the name irc.test, no flood control, and `root` with
  // the password `s3cret` for an operator. The first client starts one without settings of its own.
  void serve(std::string_view settings = "", const eddy::ListenOptions& options = {});
  // Reads other settings, as SIGHUP makes it.
  void rehash(std::string_view settings);
  ServerThread& server() { return *server_; }

  Client& connect(const eddy::ConnectOptions& options = {});
  // Registered, greeted, and with these capabilities.
  Client& user(const std::string& nick, std::string_view capabilities = "", const eddy::ConnectOptions& options = {});
  // Puts all of them into the channel, which the first one makes.
  void join(const std::string& channel, std::initializer_list<Client*> clients);

  // Lets time pass for all clients.
  void pass(eddy::Duration time) { eddy::test::turn_for(loop_, time); }
  template <class Condition>
  [[nodiscard]] bool until(Condition condition) {
    return eddy::test::turn_until(loop_, condition);
  }

 private:
  std::deque<Client> clients_;  // outlive the loop, whose end calls them back
  eddy::Loop loop_;
  std::optional<ServerThread> server_;
};

// Whether this build can verify passwords; without OpenSSL it has no operators.
bool has_passwords();
// A password's hash as `operator` and `password` lines take it, and cheap to verify.
std::string hashed(std::string_view password);

// For tests of operators and passwords.
class PasswordTest : public ChatTest {
 protected:
  void SetUp() override {
    if (!has_passwords()) GTEST_SKIP() << "built without OpenSSL";
  }
  // Registered, and an operator.
  Client& operator_user(const std::string& nick);
};

}  // namespace chat::test
