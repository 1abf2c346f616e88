// One run, from the first connect to the last answer:
//
//   connect   opens all connections, at most 256 attempts at a time; the run goes on with those that opened
//   measure   for Settings::duration: closed model, or the schedule of the open one
//   settle    sends nothing new and waits for the answers outstanding, for Settings::grace at the most
//   close     half-closes every stream and checks that nothing more comes
#pragma once

#include <reactor/address.h>

#include <vector>

#include "results.h"
#include "settings.h"

namespace load {

// Blocks until the run is over. SIGINT and SIGTERM are taken meanwhile: the first ends the measuring early, a second
// one everything. `targets` is what check(settings) answered. Throws std::runtime_error with one line when nothing
// could be measured: too few descriptors, no connection, nobody who answers datagrams.
Results run(const Settings& settings, const std::vector<eddy::Address>& targets);

}  // namespace load
