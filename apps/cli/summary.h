// The statistics that a server prints when it ends.
#pragma once

#include <reactor/loop_pool.h>
#include <reactor/stats.h>

#include <string>
#include <string_view>

namespace cli {

std::string summary(std::string_view program, const eddy::Stats& stats, eddy::Duration uptime);
// Of all loops together, and how many connections each accepted.
std::string summary(std::string_view program, eddy::LoopPool& pool, eddy::Duration uptime);

}  // namespace cli
