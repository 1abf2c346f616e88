#include "apps/chat/labeled_response.h"

#include <protocols/irc_line.h>

#include "apps/chat/client.h"
#include "apps/chat/server.h"

namespace chat {

void LabeledResponse::add(Client& client, std::string_view line, std::string_view client_tags) {
  if (batch_.empty() && !held_) {
    held_ = Held{std::string(line), std::string(client_tags)};
    return;
  }
  if (batch_.empty()) start_batch(client);
  client.transmit("batch=" + batch_, line, client_tags);
}

void LabeledResponse::start_batch(Client& client) {
  batch_ = client.server_.next_batch();
  eddy::IrcLine start(client.server_.config().server_name, "BATCH");
  start.param("+" + batch_).param("labeled-response");
  client.transmit(label_tag(), start.text(), {});
  client.transmit("batch=" + batch_, held_->line, held_->client_tags);
  held_.reset();
}

void LabeledResponse::end(Client& client, std::string_view server_name) {
  if (!batch_.empty()) {
    eddy::IrcLine end(server_name, "BATCH");
    client.transmit({}, end.param("-" + batch_).text(), {});
  } else if (held_) {
    client.transmit(label_tag(), held_->line, held_->client_tags);
  } else {
    eddy::IrcLine acknowledgement(server_name, "ACK");
    client.transmit(label_tag(), acknowledgement.text(), {});
  }
}

}  // namespace chat
