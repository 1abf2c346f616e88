#include "chat_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "../support/loop_until.h"

namespace chat::test {

Client::Client(eddy::Loop& loop, const std::string& url, const eddy::ConnectOptions& options) : loop_(loop) {
  id_ = eddy::connect<eddy::test::Scripted>(loop, url, script_.factory(), options).id();
}

void Client::send(std::string_view line) { send_bytes(std::string(line) + "\r\n"); }

void Client::send_bytes(std::string_view bytes) {
  transcript_.append("> ").append(bytes.substr(0, 600)).append(bytes.ends_with('\n') ? "" : "\n");
  if (connection() != nullptr) connection()->send(bytes);
}

void Client::exchange(std::string_view line, const Patterns& patterns, const char* file, int at) {
  compare(ask(line, file, at), patterns, std::string(line), file, at);
}

void Client::receives(const Patterns& patterns, const char* file, int at) {
  compare(new_lines(file, at), patterns, "what has come", file, at);
}

std::vector<Message> Client::ask(std::string_view line, const char* file, int at) {
  new_lines(file, at);
  send(line);
  return new_lines(file, at);
}

Message Client::expect(std::string_view pattern, const char* file, int at) {
  return until([&](const Message& message) { return matches(message, pattern); }, pattern, file, at).back();
}

Message Client::next(const char* file, int at) {
  return until([](const Message&) { return true; }, "a line", file, at).back();
}

void Client::expect_end(const char* file, int at) {
  if (!eddy::test::turn_until(loop_, [this] { return ended(); })) give_up("the connection did not end", file, at);
}

bool Client::ended() { return connection() == nullptr; }

void Client::stop_reading() {
  if (connection() != nullptr) connection()->pause();
}

void Client::read_on() {
  if (connection() != nullptr) connection()->resume();
}

void Client::close() {
  if (connection() != nullptr) connection()->close();
}

void Client::reset() {
  if (connection() != nullptr) connection()->abort();
}

void Client::take_lines() {
  for (auto end = script_.received.find("\r\n", taken_); end != std::string::npos;
       end = script_.received.find("\r\n", taken_)) {
    const auto line = std::string_view(script_.received).substr(taken_, end - taken_);
    const auto tags = line.starts_with('@') ? line.find(' ') + 1 : 0;
    EXPECT_LE(line.size() - tags, 510) << "a line that is too long: " << line;
    lines_.push_back(parse(line));
    transcript_.append("< ").append(line).append("\n");
    taken_ = end + 2;
  }
}

template <class Wanted>
std::vector<Message> Client::until(Wanted wanted, std::string_view name, const char* file, int at) {
  std::vector<Message> messages;
  bool found = false;
  const bool over = eddy::test::turn_until(loop_, [&] {
    const bool last = ended();
    for (take_lines(); !found && !lines_.empty(); lines_.pop_front()) {
      messages.push_back(std::move(lines_.front()));
      found = wanted(messages.back());
    }
    return found || last;
  });
  if (!over || !found) give_up("\"" + std::string(name) + "\" did not come", file, at);
  return messages;
}

std::vector<Message> Client::new_lines(const char* file, int at) {
  const auto token = "sync-" + std::to_string(++pings_);
  if (connection() != nullptr) connection()->send("PING " + token + "\r\n");
  auto messages = until([&](const Message& message) { return message.command == "PONG" && message.last() == token; },
                        "PONG " + token, file, at);
  messages.pop_back();
  return messages;
}

void Client::give_up(const std::string& what, const char* file, int at) {
  ADD_FAILURE_AT(file, at) << what << (ended() ? ", and the connection has ended: " + script_.why().message() : "")
                           << "\n"
                           << transcript_;
  throw std::runtime_error("the rest of the test makes no sense without it");
}

void Client::compare(const std::vector<Message>& messages, const Patterns& patterns, const std::string& what,
                     const char* file, int at) {
  if (std::equal(messages.begin(), messages.end(), patterns.begin(), patterns.end(), matches)) return;
  std::string text;
  for (const auto& pattern : patterns) text.append("    ").append(pattern).append("\n");
  text.append("but came\n");
  for (const auto& message : messages) text.append("    ").append(message.line).append("\n");
  ADD_FAILURE_AT(file, at) << what << ": expected\n" << text << "after\n" << transcript_;
}

}  // namespace chat::test
