// Deliveries: who has got which message, and whether it was the right one. Every text is kept until all receivers have
// it, and each line that comes is compared with it, byte by byte.
//
// Receivers are counted from 0. For each, the messages it has not got are those from `next` on and those passed over
// before: lines come in order, unless something is wrong.
#pragma once

#include <reactor/time.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../ring.h"
#include "message_text.h"
#include "results.h"

namespace load::chat {

class Deliveries {
 public:
  Deliveries(const Settings& settings, Results& results, std::size_t receivers);

  // Message number results.sent goes out, to every receiver that is present.
  void said(std::string_view text, eddy::TimePoint due, eddy::TimePoint now);

  // A line of the sender's arrived. After gone() it is ignored.
  void heard(std::size_t receiver, std::string_view text, eddy::TimePoint now);

  // Nothing more comes: what it has not got is lost.
  void gone(std::size_t receiver);

  // Gives up the messages said at `said_by` or before. Answers those receivers that have got nothing since: for them it
  // is time to be gone(). The others passed them over and have lost them.
  std::vector<std::size_t> overdue(eddy::TimePoint said_by);

  std::size_t present() const { return present_; }                  // receivers
  std::size_t outstanding() const { return messages_.size(); }      // from the oldest that somebody has not got
  eddy::TimePoint oldest_said() { return messages_.front().said; }  // only with some outstanding
  eddy::TimePoint last_heard() const { return last_heard_; }

 private:
  struct Message {
    std::string text;
    eddy::TimePoint due;
    eddy::TimePoint said;
    std::size_t awaited;  // by so many receivers
    bool whole = true;    // none of them lost it or got it wrong
  };
  struct Receiver {
    std::uint64_t next = 0;
    std::vector<std::uint64_t> passed_over = {};  // in order
    bool present = true;
  };

  void heard_another(std::size_t index, std::string_view text, eddy::TimePoint now);
  bool take(Receiver& receiver, std::uint64_t number);  // whether it was awaited, which it is no more
  void done(std::uint64_t number, eddy::TimePoint now);
  void wrong(std::size_t index, std::optional<std::uint64_t> number, std::string_view got);
  void lost(std::uint64_t number);
  void settle(Message& message);
  Message& message(std::uint64_t number) { return messages_[static_cast<std::size_t>(number - oldest_)]; }

  Results& results_;
  MessageText text_;  // for what comes late or twice
  std::vector<Receiver> receivers_;
  std::size_t present_;
  Ring<Message> messages_;    // from oldest_ to results_.sent - 1
  std::uint64_t oldest_ = 0;  // somebody awaits it, or it is the next to be said
  eddy::TimePoint last_heard_{};
};

}  // namespace load::chat
