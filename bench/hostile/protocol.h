// Which protocol the server under trial speaks.
#pragma once

#include <apps/cli/program.h>

#include <cstdint>

namespace hostile {

enum class Protocol : std::uint8_t { chat, cache, echo };

inline constexpr cli::Choice<Protocol> protocols[] = {
    {"chat", Protocol::chat}, {"cache", Protocol::cache}, {"echo", Protocol::echo}};

}  // namespace hostile
