// Member: one IRC client. It connects, registers, joins the channel, answers PING, and tells what it hears there.
//
//   fresh -> connecting -> registering -> joining -> in channel -> leaving -> ended
//                                                 (or failed: what comes is of no interest any more)
#pragma once

#include <protocols/irc.h>
#include <reactor/connection.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <system_error>

#include "settings.h"

namespace load::chat {

inline constexpr std::size_t sender_number = 0;  // receivers are 1 and up
inline constexpr std::string_view user_name = "eddy";

// What a member asks to be called.
std::string nick_of(const Settings& settings, std::size_t number);

class Member {
 public:
  // Who wants to know. All are called from the member's own callbacks.
  class Observer {
   public:
    virtual void joined(Member& member) = 0;
    virtual void saw_a_join(Member& member) = 0;  // of somebody else, while in the channel
    // Somebody said something in the channel.
    virtual void heard(Member& member, std::string_view who, std::string_view text) = 0;
    // Its connection is gone; the last call. `why` is empty after quit() and abort().
    virtual void ended(Member& member, const std::string& why) = 0;

   protected:
    ~Observer() = default;
  };

  Member(eddy::Loop& loop, const Settings& settings, Observer& observer, std::size_t number);
  ~Member();  // before the loop's end, outside the member's own callbacks
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  // Sets out for the channel of the server at `address`. Observer::joined or ended follows from the loop.
  void join(const std::string& address);

  std::size_t number() const { return number_; }
  const std::string& nick() const { return nick_; }  // that the server gave
  bool in_channel() const { return state_ == State::in_channel; }
  bool was_in_channel() const { return was_in_channel_; }  // or is
  bool has_output() const { return connection_ != nullptr && connection_->queued() > 0; }
  eddy::Address peer_address() const { return connection_->peer_address(); }  // only before ended

  // Says it in the channel, where it is.
  eddy::SendResult say(std::string_view text);

  void quit();                        // in order
  void fail(const std::string& why);  // at once; ended(why) follows
  void abort() { fail({}); }

 private:
  enum class State : std::uint8_t { fresh, connecting, registering, joining, in_channel, leaving, failed, ended };

  // The connection's side of it. The member may go first.
  struct Session {
    Member* member;

    void on_open(eddy::Connection& /*peer*/) {
      if (member != nullptr) member->opened();
    }
    void on_message(eddy::Connection& /*peer*/, const eddy::IrcMessage& message) {
      if (member != nullptr) member->received(message);
    }
    void on_close(eddy::Connection& /*peer*/, std::error_code why) {
      if (member != nullptr) member->closed(why);
    }
  };

  void opened();
  void received(const eddy::IrcMessage& message);
  void received_numeric(const eddy::IrcMessage& message);
  void renamed(std::string_view nick);
  bool to_channel(const eddy::IrcMessage& message, std::size_t param) const;
  void tell(std::initializer_list<eddy::Bytes> command);
  void overdue();
  void closed(std::error_code why);
  std::string reason(std::error_code why) const;
  // A text of the server's, fit to be counted and printed.
  std::string quoted(std::string_view text) const;

  eddy::Loop& loop_;
  const Settings& settings_;
  Observer& observer_;
  std::size_t number_;
  std::string nick_;
  eddy::Connection* connection_ = nullptr;
  eddy::Timer deadline_;  // until it is in the channel
  std::string why_;       // it failed
  std::string farewell_;  // of the server: what ERROR said
  State state_ = State::fresh;
  bool was_in_channel_ = false;
};

}  // namespace load::chat
