// Crowd: many attackers at once, each new one with the next number, and datagrams among them.
#pragma once

#include <reactor/time.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "attacker.h"
#include "findings.h"
#include "options.h"
#include "witness.h"

namespace attack {

class Crowd {
 public:
  Crowd(const Options& options, std::vector<Target> targets, Totals& totals, Findings& findings);

  // Attacks for so long, or until something is found, or all have been whom the options name.
  void run_for(eddy::Duration time, const std::function<void()>& each_turn = {});
  // Lets those who are there go on, with no new ones, as long as that answers true.
  void let_go_on(const std::function<bool()>& condition);
  void end_all() { attackers_.clear(); }
  bool done() const { return next_ > options_.last && attackers_.empty(); }
  // "connections 120 to 170, among them ...": those that are open.
  std::string who_is_there() const;

  // What connection `number` sends.
  static Plan plan_of(const Options& options, std::uint64_t number, Random& random);

 private:
  void start_one();
  void send_datagrams();
  void turn(eddy::Duration longest);

  const Options& options_;
  std::vector<Target> streams_;
  std::vector<Target> datagrams_;
  std::vector<RawSocket> sockets_;  // for datagrams, one for each target
  Totals& totals_;
  Findings& findings_;
  std::vector<std::unique_ptr<Attacker>> attackers_;
  std::uint64_t next_;
  std::uint64_t next_datagram_ = 0;
};

}  // namespace attack
