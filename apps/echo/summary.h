// The statistics that eddy-echo prints when it ends.
#pragma once

#include <reactor/loop_pool.h>

#include <string>

namespace echo {

std::string summary(eddy::LoopPool& pool, eddy::Duration uptime);

}  // namespace echo
