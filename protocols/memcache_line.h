// How the lines of memcached's text protocol are read. For MemcacheDecoder, which finds them.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocols/memcache.h"

namespace eddy::memcache {

inline constexpr std::string_view bad_format = "CLIENT_ERROR bad command line format";

// Verb::error for a name that there is not.
Verb verb_of(std::string_view name);
inline bool is_retrieval(Verb verb) { return verb >= Verb::get && verb <= Verb::gats; }
inline bool has_block(Verb verb) { return verb >= Verb::set && verb <= Verb::meta_set; }

// The time that gat and gats begin with. False when it is none.
bool read_exptime(std::string_view word, std::int32_t& exptime);

// Fills `command` from a line, without its end, of anything but a retrieval; command.verb is verb_of its name, and
// command.noreply false. Answers the error to tell, empty for none. `length` is that of the data block, untouched where
// the line does not say it.
std::string_view read_line(std::string_view line, Command& command, std::int32_t& length);

}  // namespace eddy::memcache
