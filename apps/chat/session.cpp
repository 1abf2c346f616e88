#include "apps/chat/session.h"

#include "apps/chat/numerics.h"
#include "apps/chat/server.h"

namespace chat {

void Session::on_open(eddy::Connection& peer) {
  if (server == nullptr) return;
  client = server->admit(peer);
  if (!client) refused = server->refused();
}

void Session::on_message(eddy::Connection& /*peer*/, const eddy::IrcMessage& message) {
  if (client) server->receive(*client, message);
}

void Session::on_too_long(eddy::Connection& /*peer*/) {
  if (client) server->reject_line(*client, numeric::err_inputtoolong, "Input line was too long");
}

void Session::on_malformed(eddy::Connection& /*peer*/) {
  if (client)
    server->reject_line(*client, numeric::err_unknownerror, "Not a message: a command without NUL and CR is expected");
}

void Session::on_end(eddy::Connection& peer) {
  if (client) server->attend(*client, [this] { server->quit(*client, "Connection closed"); });
  peer.close();
}

void Session::on_high(eddy::Connection& /*peer*/) {
  if (client) client->hold(Hold::backlog);
}

void Session::on_low(eddy::Connection& /*peer*/) {
  if (!client) return;
  if (client->has_work()) server->hosts().wait_for_turn(*client);
  client->release(Hold::backlog);
}

void Session::on_drain(eddy::Connection& peer) {
  if (client) server->quit(*client, "Server shutting down");
  peer.close();
}

void Session::on_close(eddy::Connection& /*peer*/, std::error_code why) {
  if (client) server->closed(*client, why);
  client.reset();
  if (refused) --*refused;
}

}  // namespace chat
