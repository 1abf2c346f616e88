// The statistics of its loop that a server prints when it ends.
#pragma once

#include <reactor/stats.h>

#include <string>
#include <string_view>

namespace cli {

std::string summary(std::string_view program, const eddy::Stats& stats, eddy::Duration uptime);

}  // namespace cli
