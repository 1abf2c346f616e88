// The answers to `stats`, by memcached's names as far as they mean something here.
#pragma once

#include <string_view>

#include "reply.h"
#include "state.h"

namespace cache {

// Clients read it as major.minor.micro and take it for memcached's, so it names the version whose protocol this is.
inline constexpr std::string_view version_text = "1.6.18-eddy";

// `arguments` is what followed `stats`: empty for the general ones, or settings, items, slabs, sizes, reset.
void write_statistics(std::string_view arguments, State& state, Seconds now, Reply& reply);

}  // namespace cache
