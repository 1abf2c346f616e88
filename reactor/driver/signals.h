// SignalReceiver: process signals, noted from the signal handler and read on the loop's thread. Several loops may
// receive the same signal. Only signals that were asked for are touched (contract 11).
#pragma once

#include <cstdint>

#include "reactor/driver/signal_set.h"

namespace eddy::driver {

class Driver;

class SignalReceiver {
 public:
  explicit SignalReceiver(Driver& driver) : driver_(driver) {}
  SignalReceiver(const SignalReceiver&) = delete;
  SignalReceiver& operator=(const SignalReceiver&) = delete;
  // Puts the handlers back that were there before, for signals that no other loop receives.
  ~SignalReceiver();

  // Throws std::system_error for a number that is no signal or cannot be caught.
  void receive(int signal);

  // The signals that arrived since the last call, as bits 1 << (number - 1).
  std::uint64_t take() { return pending_.take(); }

 private:
  struct Forks;
  static void handle(int signal);
  void note(int signal) noexcept;

  Driver& driver_;
  SignalSet wanted_;
  SignalSet pending_;
  bool registered_ = false;
};

}  // namespace eddy::driver
