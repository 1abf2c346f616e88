// Attacker: one connection that sends what it was told to, cut into writes with pauses between them, reads in its own
// way, and ends in its own way.
#pragma once

#include <reactor/address.h>
#include <reactor/time.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "findings.h"
#include "random.h"
#include "raw_socket.h"
#include "reply_check.h"

namespace attack {

struct Plan {
  enum class Reads { all, slowly, nothing };
  enum class Ends { half_close, reset, close, stays };

  std::string bytes;
  std::size_t mutations = 0;
  Reads reads = Reads::all;
  Ends ends = Ends::half_close;
  std::size_t largest_write = 65536;  // writes are of random sizes up to this
  bool pauses = false;
  bool small_buffers = false;
  std::string from;  // a local address
};

// All but the bytes.
Plan random_plan(Random& random);
std::string text_of(const Plan& plan);

class Attacker {
 public:
  Attacker(std::uint64_t number, Plan plan, const eddy::Address& to, const Random& random,
           std::unique_ptr<ReplyCheck> check, Totals& totals);

  std::uint64_t number() const { return number_; }
  bool gone() const { return !socket_.open(); }
  int descriptor() const { return socket_.descriptor(); }
  short events(eddy::TimePoint now) const;  // what it waits for: of poll(2)
  void step(short ready, eddy::TimePoint now);
  void end() { socket_.reset(); }
  // What the server must not have answered; empty when all was well.
  const std::string& complaint() const { return complaint_; }

 private:
  void write(eddy::TimePoint now);
  void read(eddy::TimePoint now);
  void all_written(eddy::TimePoint now);
  void finish(eddy::TimePoint now);

  std::uint64_t number_;
  Plan plan_;
  Random random_;
  RawSocket socket_;
  std::unique_ptr<ReplyCheck> check_;
  Totals& totals_;
  std::size_t written_ = 0;
  bool connecting_ = true;
  eddy::TimePoint write_from_{};
  eddy::TimePoint read_from_{};
  eddy::TimePoint finish_at_ = eddy::TimePoint::max();
  eddy::TimePoint give_up_;
  std::string complaint_;
};

}  // namespace attack
