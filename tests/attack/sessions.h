// What well-behaved clients of each server say: whole sessions, to be mutated.
#pragma once

#include <cstdint>
#include <string>

#include "random.h"

namespace attack {

// `number` is the client's. Names repeat, so that clients meet in channels, at nicknames and at keys.
std::string chat_session(Random& random, std::uint64_t number);
std::string cache_session(Random& random);
std::string cache_datagram(Random& random);
std::string echo_session(Random& random);

// The password of the operator `root`, whom sessions of eddy-chat become now and then.
inline constexpr const char* operator_password = "correct horse";

}  // namespace attack
