// LabeledResponse: the answer to a command that came with a label (IRCv3 labeled-response). Nothing to say is an ACK,
// one message carries the label itself, several go into a batch that does. Holds back one message at the most.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chat {

class Client;

class LabeledResponse {
 public:
  // The value as it came: escaped.
  explicit LabeledResponse(std::string_view label) : label_(label) {}

  void add(Client& client, std::string_view line, std::string_view client_tags);
  void end(Client& client, std::string_view server_name);

  const std::string& label() const { return label_; }

 private:
  struct Held {
    std::string line;
    std::string client_tags;
  };
  std::string label_tag() const { return "label=" + label_; }
  void start_batch(Client& client);

  std::string label_;
  std::optional<Held> held_;
  std::string batch_;  // its name; empty while there is none
};

}  // namespace chat
