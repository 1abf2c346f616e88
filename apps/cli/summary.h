// The statistics of its loops that a program prints when it ends.
#pragma once

#include <reactor/loop_pool.h>

#include <string>
#include <string_view>

namespace cli {

std::string summary(std::string_view program, eddy::LoopPool& pool, eddy::Duration uptime);

}  // namespace cli
