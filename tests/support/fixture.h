// Link: one loop, one listener and one client connection between two Scripts, on any driver and stream transport.
#pragma once

#include <reactor/listener.h>

#include <memory>
#include <string>
#include <vector>

#include "driver_choice.h"
#include "loop_until.h"
#include "scripted.h"

namespace eddy::test {

// A free address of that kind: "tcp", "tcp6", "udp", "unix" or "unixgram".
std::string free_address(std::string_view kind);

// What not every system has.
bool has_unix_sockets();
bool has_reuse_port();
bool has_both_families();                 // in one socket, for `*`
bool has_address(std::string_view host);  // to bind; of 127.0.0.0/8 most systems have 127.0.0.1 alone

// Connects to a listener until it has no place for another one. Who is connected is in the backlog, or was accepted.
std::vector<OwnedSocket> fill_backlog(const Address& of);

struct Link {
  explicit Link(std::string_view driver = "", std::string_view kind = "tcp", const ListenOptions& listen = {})
      : loop({.driver = std::string(driver)}),
        listener(std::make_unique<Listener<Scripted>>(loop, free_address(kind), server.factory(), listen)) {}

  // Starts the client's connection.
  Connection& connect(const ConnectOptions& options = {}) {
    auto& connection = eddy::connect<Scripted>(loop, listener->address().to_string(), client.factory(), options);
    client_id = connection.id();
    return connection;
  }
  // Starts it and turns until both sides are open.
  [[nodiscard]] bool open(const ConnectOptions& options = {}) {
    connect(options);
    return until([this] { return client.opened() && server.opened(); });
  }
  template <class Condition>
  [[nodiscard]] bool until(Condition condition) {
    return turn_until(loop, condition);
  }
  Connection* at_client() const { return loop.find(client_id); }
  Connection* at_server() const { return loop.find(server.last); }

  Script server;  // outlive the loop, whose end calls on_close
  Script client;
  Loop loop;
  std::unique_ptr<Listener<Scripted>> listener;
  Id client_id{};
};

}  // namespace eddy::test
