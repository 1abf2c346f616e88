// Plan: a run that several processes, on several machines perhaps, make together. Each runs a shard of it, by the same
// file; what they find is merged (output/merge.h).
//
// A shard is every n-th connection, planned message and bad client of the whole, so all shards together are exactly the
// run that one process would make: the same streams of bytes, the same schedule. (Which connection says a message is a
// shard's own affair; all of its own take turns.) What is a matter of the machine and not of the run is no part of the
// plan: where reports go, source addresses, threads, driver, the server's process.
#pragma once

#include <string>
#include <vector>

#include "settings.h"

namespace load {

struct Plan {
  std::vector<std::string> arguments;  // of eddy-load: a protocol's subcommand and its options
};

// As a file has it: JSON, to be read and changed by people, too. Throws cli::UsageError that names `name`.
Plan plan_of(const std::string& name, const std::string& text);
std::string text_of(const Plan& plan);

// The run it asks for. Values that only check() looks at are not checked yet. `name` is for errors. Throws
// cli::UsageError.
Settings settings_of(const std::string& name, const Plan& plan);

}  // namespace load
