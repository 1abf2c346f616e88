// An IRC server with one channel that does just what `eddy-load chat` needs, and can do parts of it wrongly.
#pragma once

#include <protocols/irc.h>
#include <reactor/connection.h>

#include <cstdint>
#include <functional>
#include <string>

#include "test_server.h"

namespace load::test {

struct ChatBehaviour {
  // Called for what member `number` (the one in its name) sent. True: that was all, the server does nothing more.
  std::function<bool(eddy::Connection& peer, int number, const eddy::IrcMessage& message)> instead =
      [](eddy::Connection&, int, const eddy::IrcMessage&) { return false; };

  // Passes message number `count`, counted from 0, on to one member, as `line` with its end.
  std::function<void(eddy::Connection& to, int number, std::uint64_t count, const std::string& line)> pass_on =
      [](eddy::Connection& to, int, std::uint64_t, const std::string& line) { to.send(line); };

  // What the server calls one that asks to be called `nick`.
  std::function<std::string(const std::string& nick)> rename = [](const std::string& nick) { return nick; };
};

TestServer chat_server(const std::string& url, ChatBehaviour behaviour = {});

}  // namespace load::test
