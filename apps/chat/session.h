// Session: what a connection of the chat server tells it. Lives inside the connection; the client is there from on_open
// to on_close, or until the server goes.
#pragma once

#include <protocols/irc.h>
#include <reactor/connection.h>

#include <cstddef>
#include <memory>
#include <system_error>

#include "apps/chat/client.h"

namespace chat {

class Server;

struct Session {
  Server* server = nullptr;  // null once that is gone
  std::unique_ptr<Client> client{};
  std::shared_ptr<std::size_t> refused{};  // counts the connection while it is told why there is no room for it

  void on_open(eddy::Connection& peer);
  void on_message(eddy::Connection& peer, const eddy::IrcMessage& message);
  void on_too_long(eddy::Connection& peer);
  void on_malformed(eddy::Connection& peer);
  void on_end(eddy::Connection& peer);
  void on_high(eddy::Connection& peer);
  void on_low(eddy::Connection& peer);
  void on_drain(eddy::Connection& peer);
  void on_close(eddy::Connection& peer, std::error_code why);
};

}  // namespace chat
