// Witnesses: good clients that go on beside the attack, each in a thread of its own, and check what they are answered.
#pragma once

#include <reactor/address.h>

#include <atomic>
#include <string>
#include <vector>

#include "findings.h"
#include "random.h"

namespace attack {

// A server's address, and the service of eddy-echo that is there.
struct Target {
  eddy::Address address;
  std::string service;
};

struct Watch {
  Totals& totals;
  Findings& findings;
  const std::atomic<bool>& stop;
};

// They return when they are to stop, or have found something.
void witness_chat(const std::vector<Target>& targets, Random random, const Watch& watch);
void witness_cache(const std::vector<Target>& targets, Random random, const Watch& watch);
void witness_echo(const std::vector<Target>& targets, Random random, const Watch& watch);

}  // namespace attack
