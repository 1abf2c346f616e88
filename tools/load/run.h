// One run, from the first connect to the last answer:
//
//   connect   opens all connections, at most 256 attempts at a time and at most Settings::ramp a second; the run goes
//   on
//             with those that opened, when all have opened or failed
//   measure   for Settings::duration: closed model, or the schedule of the open one
//   settle    sends nothing new and waits for the answers outstanding, for Settings::grace at the most
//   close     half-closes every stream and checks that nothing more comes
#pragma once

#include <reactor/address.h>

#include <vector>

#include "results.h"
#include "settings.h"

namespace load {

// The preflight (preflight.h), the source addresses and the limit of descriptors. Throws what says what is short.
// run() does it itself; harmless twice.
void prepare(const Settings& settings, const std::vector<eddy::Address>& targets);

// With several threads each has a loop with its share of connections and schedule; they start to measure at the same
// instant, and what they found is merged exactly.
//
// Blocks until the run is over. SIGINT and SIGTERM are taken meanwhile: the first ends the measuring early, a second
// one everything. `targets` is what check(settings) answered. Throws std::runtime_error with one line when nothing
// could be measured: no connection, nobody who answers datagrams; cli::UsageError from the preflight.
Results run(const Settings& settings, const std::vector<eddy::Address>& targets);

}  // namespace load
