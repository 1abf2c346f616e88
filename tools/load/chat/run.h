// One run of `eddy-load chat`:
//
//   join    the sender first, then the receivers, Settings::joining of them on their way at a time
//   speak   for Settings::duration: a message when all have the last one, or on the schedule of the open model
//   settle  says nothing new and waits for the deliveries outstanding, for Settings::grace at the most
//   leave   all quit; what still comes until the server closes is checked, too
#pragma once

#include <reactor/address.h>

#include <vector>

#include "results.h"
#include "settings.h"

namespace load::chat {

// Blocks until the run is over. SIGINT and SIGTERM are taken meanwhile: the first ends the speaking early, a second one
// everything. `targets` is what check(settings) answered. Throws std::runtime_error with one line when nothing could be
// measured: too few descriptors, the sender or no receiver in the channel.
Results run(const Settings& settings, const std::vector<eddy::Address>& targets);

}  // namespace load::chat
