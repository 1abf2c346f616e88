#include "conversation.h"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <utility>

#include "child.h"

namespace attack {
namespace {

using namespace std::chrono_literals;

}  // namespace

void Conversation::complain(const std::string& what) const {
  throw WrongAnswer(fmt::format("{} at {}: {}; it had said \"{}\", and had got \"{}\"", name_, to_.to_string(), what,
                                escaped(said_.substr(0, 300)), escaped(in_.substr(0, 300))));
}

Conversation::Conversation(std::string name, const eddy::Address& to)
    : name_(std::move(name)), to_(to), socket_(RawSocket::connect(to)) {
  // A Unix socket whose backlog is full refuses at once.
  for (const auto end = std::chrono::steady_clock::now() + patience;
       !socket_.open() && std::chrono::steady_clock::now() < end;) {
    ::poll(nullptr, 0, 20);
    socket_ = RawSocket::connect(to);
  }
  if (!socket_.open() || !socket_.wait(POLLOUT, patience) || socket_.error() != 0) complain("could not connect");
}

void Conversation::say(std::string_view text) {
  said_ = text;
  while (!text.empty()) {
    const auto done = socket_.send(text);
    if (done.broken) complain("the connection is broken");
    if (done.would_block && !socket_.wait(POLLOUT, patience)) complain("not answered: it takes nothing");
    text.remove_prefix(done.bytes);
  }
}

void Conversation::more() {
  if (!socket_.wait(POLLIN, patience))
    complain(
        fmt::format("not answered within {} s", std::chrono::duration_cast<std::chrono::seconds>(patience).count()));
  std::array<char, 65536> buffer;
  const auto done = socket_.receive(buffer.data(), buffer.size());
  if (done.broken) complain("the connection was reset");
  if (done.ended) ended_ = true;
  in_.append(buffer.data(), done.bytes);
}

std::string Conversation::line() {
  auto end = in_.find("\r\n");
  for (; end == std::string::npos; end = in_.find("\r\n")) {
    if (ended_) complain("the connection was closed");
    more();
  }
  auto text = in_.substr(0, end);
  in_.erase(0, end + 2);
  return text;
}

std::string Conversation::bytes(std::size_t count) {
  while (in_.size() < count) {
    if (ended_) complain("the connection was closed");
    more();
  }
  auto text = in_.substr(0, count);
  in_.erase(0, count);
  return text;
}

void Conversation::expect_line(std::string_view expected) {
  const auto got = line();
  if (got != expected) complain(fmt::format("answered \"{}\" instead of \"{}\"", escaped(got), escaped(expected)));
}

std::string Conversation::until_end() {
  while (!ended_) more();
  return std::exchange(in_, {});
}

std::string Conversation::ask(std::string_view datagram, bool (*is_answer)(std::string_view, std::string_view)) {
  said_ = datagram;
  for (const auto end = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < end;) {
    socket_.send(datagram);
    const auto again = std::chrono::steady_clock::now() + 1s;
    while (socket_.wait(POLLIN, again - std::chrono::steady_clock::now())) {
      std::array<char, 65536> buffer;
      const auto done = socket_.receive(buffer.data(), buffer.size());
      if (done.broken || done.would_block) break;
      in_.assign(buffer.data(), done.bytes);
      if (is_answer(datagram, in_)) return in_;
    }
    if (std::chrono::steady_clock::now() < again) ::poll(nullptr, 0, 20);
  }
  complain("no answer to a datagram that was sent each second");
}

}  // namespace attack
