#include "member.h"

#include <apps/cli/printable.h>
#include <fmt/format.h>
#include <protocols/irc_text.h>
#include <reactor/listener.h>

#include <algorithm>

#include "../text.h"

namespace load::chat {
namespace {

constexpr std::size_t longest_quotation = 100;

std::string_view nick_in(std::string_view source) { return source.substr(0, source.find('!')); }

bool is_numeric(std::string_view command) {
  return command.size() == 3 &&
         std::all_of(command.begin(), command.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string nick_of(const Settings& settings, std::size_t number) {
  return fmt::format("{}{}", settings.nick_prefix, number);
}

Member::Member(eddy::Loop& loop, const Settings& settings, Observer& observer, std::size_t number)
    : loop_(loop),
      settings_(settings),
      observer_(observer),
      number_(number),
      nick_(nick_of(settings, number)),
      deadline_(loop, [this] { overdue(); }) {}

Member::~Member() {
  if (connection_ != nullptr) connection_->session<eddy::Irc<Session>>()->inner().member = nullptr;
}

// ---- into the channel

void Member::join(const std::string& address) {
  const eddy::ConnectOptions options{.timeout = settings_.connect_timeout,
                                     .connection = {.write_stall_timeout = eddy::unlimited}};
  try {
    connection_ = &eddy::connect<eddy::Irc<Session>>(
        loop_, address, [this] { return eddy::Irc<Session>(Session{this}); }, options);
    state_ = State::connecting;
  } catch (const std::system_error& error) {
    why_ = error.what();
    state_ = State::failed;
    loop_.post([this] { closed({}); });
  }
}

void Member::opened() {
  if (state_ != State::connecting) return;
  state_ = State::registering;
  deadline_.start(settings_.join_timeout);
  if (!settings_.password.empty()) tell({"PASS :", settings_.password, "\r\n"});
  tell({"NICK ", nick_, "\r\nUSER ", user_name, " 0 * :eddy-load\r\n"});
}

void Member::overdue() {
  fail(fmt::format("{} within {}", state_ == State::registering ? "no welcome (001)" : "no end of the names (366)",
                   time_text(settings_.join_timeout)));
}

// ---- what comes

void Member::received(const eddy::IrcMessage& message) {
  if (state_ == State::failed) return;
  const auto command = message.command();
  if (command == "PRIVMSG") {
    if (to_channel(message, 0)) observer_.heard(*this, nick_in(message.source()), message.param(1));
  } else if (command == "PING") {
    tell({"PONG :", message.param(0), "\r\n"});
  } else if (command == "JOIN") {
    if (state_ == State::in_channel && to_channel(message, 0)) observer_.saw_a_join(*this);
  } else if (command == "ERROR") {
    farewell_ = quoted(message.param(0));
  } else if (command == "NICK") {
    if (eddy::irc_equal(nick_in(message.source()), nick_)) renamed(message.param(0));
  } else if (command == "KICK") {
    if (to_channel(message, 0) && eddy::irc_equal(message.param(1), nick_)) {
      fail("kicked: " + quoted(message.param(2)));
    }
  } else if (is_numeric(command)) {
    received_numeric(message);
  }
}

void Member::received_numeric(const eddy::IrcMessage& message) {
  const auto command = message.command();
  if (command == "001" && state_ == State::registering) {
    state_ = State::joining;
    renamed(message.param(0));  // the server may have shortened the name
    tell({"JOIN ", settings_.channel, "\r\n"});
  } else if (command == "366" && state_ == State::joining && to_channel(message, 1)) {
    state_ = State::in_channel;
    was_in_channel_ = true;
    deadline_.cancel();
    observer_.joined(*this);
  } else if ((command.front() == '4' || command.front() == '5') && command != "422" && state_ != State::leaving) {
    // 422: there is no message of the day. All others are refusals of something that is needed.
    std::string text(command);
    for (std::size_t i = 1; i < message.params().size(); ++i) text.append(" ").append(message.param(i));
    fail(quoted(text));
  }
}

void Member::renamed(std::string_view nick) {
  if (!nick.empty()) nick_ = nick;
}

bool Member::to_channel(const eddy::IrcMessage& message, std::size_t param) const {
  return message.param(param) == settings_.channel || eddy::irc_equal(message.param(param), settings_.channel);
}

// ---- what goes

void Member::tell(std::initializer_list<eddy::Bytes> command) {
  if (connection_->send(command) == eddy::SendResult::refused)
    fail("no room to send a command: the server reads nothing");
}

eddy::SendResult Member::say(std::string_view text) {
  return connection_->send({"PRIVMSG ", settings_.channel, " :", text, "\r\n"});
}

void Member::quit() {
  if (state_ != State::in_channel) return abort();
  state_ = State::leaving;
  tell({"QUIT\r\n"});
}

void Member::fail(const std::string& why) {
  if (connection_ == nullptr || state_ == State::failed) return;
  state_ = State::failed;
  why_ = why;
  deadline_.cancel();
  connection_->abort();
}

void Member::closed(std::error_code why) {
  const auto told = reason(why);
  connection_ = nullptr;
  deadline_.cancel();
  state_ = State::ended;
  observer_.ended(*this, told);
}

std::string Member::reason(std::error_code why) const {
  if (state_ == State::leaving) return {};
  if (state_ == State::failed) return why_;
  if (!farewell_.empty()) return "the server said: " + farewell_;
  return why ? why.message() : "the server closed the connection";
}

// The own name is left out, so that what all are told counts as one kind.
std::string Member::quoted(std::string_view text) const {
  std::string quotation(text.substr(0, longest_quotation));
  for (auto at = quotation.find(nick_); at != std::string::npos; at = quotation.find(nick_, at)) {
    quotation.replace(at, nick_.size(), "NICK");
    at += 4;
  }
  return cli::printable(quotation);
}

}  // namespace load::chat
