// CAP: the negotiation of capabilities (IRCv3 capability-negotiation).
#include <protocols/irc_line.h>
#include <protocols/irc_text.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "apps/chat/commands.h"
#include "apps/chat/numerics.h"
#include "apps/chat/server.h"

namespace chat {
namespace {

constexpr unsigned version_302 = 302;

void send_cap(Server& server, Client& client, std::string_view subcommand, std::string_view capabilities) {
  eddy::IrcLine line(server.config().server_name, "CAP");
  client.send(line.param(client.target()).param(subcommand).trailing(capabilities));
}

// What `client` has after its request; nothing where any part of it cannot be had.
std::optional<CapabilitySet> requested(Server& server, Client& client, std::string_view request) {
  auto result = client.capabilities;
  while (true) {
    request.remove_prefix(std::min(request.find_first_not_of(' '), request.size()));
    if (request.empty()) return result;
    auto name = request.substr(0, request.find(' '));
    request.remove_prefix(name.size());
    const bool off = name.starts_with('-');
    if (off) name.remove_prefix(1);
    const auto capability = find_capability(name);
    if (!capability || !server.config().capabilities.has(*capability)) return std::nullopt;
    // Comes with version 302, and cannot be taken from it.
    if (off && capability == Capability::cap_notify && client.cap_302) return std::nullopt;
    result.set(*capability, !off);
  }
}

void ls(Server& server, Client& client, std::string_view version) {
  unsigned number = 0;
  std::from_chars(version.data(), version.data() + version.size(), number);
  if (number >= version_302) {
    client.cap_302 = true;
    client.capabilities.set(Capability::cap_notify, server.config().capabilities.has(Capability::cap_notify));
  }
  if (!client.registered) client.negotiating = true;
  send_cap(server, client, "LS", server.config().capabilities.to_string());
}

void req(Server& server, Client& client, std::string_view request) {
  if (!client.registered) client.negotiating = true;
  const auto result = requested(server, client, request);
  send_cap(server, client, result ? "ACK" : "NAK", request);
  if (result) client.capabilities = *result;
}

}  // namespace

void command::cap(Server& server, Client& client, const eddy::IrcMessage& message) {
  const auto subcommand = message.param(0);
  if (eddy::irc_equal(subcommand, "LS")) {
    ls(server, client, message.param(1));
  } else if (eddy::irc_equal(subcommand, "LIST")) {
    send_cap(server, client, "LIST", client.capabilities.to_string());
  } else if (eddy::irc_equal(subcommand, "REQ")) {
    req(server, client, message.param(1));
  } else if (eddy::irc_equal(subcommand, "END")) {
    client.negotiating = false;
    server.try_to_register(client);
  } else {
    client.reply(numeric::err_invalidcapcmd, {subcommand}, "Invalid CAP command");
  }
}

void announce_capabilities(Server& server, CapabilitySet withdrawn, CapabilitySet added) {
  for (auto* client : server.clients()) {
    const bool wants_to_know = client->cap_302 || client->has(Capability::cap_notify);
    if (wants_to_know && !withdrawn.empty()) send_cap(server, *client, "DEL", withdrawn.to_string());
    if (wants_to_know && !added.empty()) send_cap(server, *client, "NEW", added.to_string());
    client->capabilities = client->capabilities.without(withdrawn);
  }
}

}  // namespace chat
