// The statistics that eddy-echo prints when it ends.
#pragma once

#include <reactor/stats.h>

#include <string>

namespace echo {

std::string summary(const eddy::Stats& stats, eddy::Duration uptime);

}  // namespace echo
