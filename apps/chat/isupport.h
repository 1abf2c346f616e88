// What the server tells its clients of itself after registration (RPL_ISUPPORT): each token is true as it stands.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/chat/config.h"

namespace chat {

// Limits that no setting changes.
inline constexpr std::size_t message_targets = 4;  // of PRIVMSG, NOTICE and TAGMSG
inline constexpr std::size_t kick_targets = 4;
inline constexpr std::size_t names_targets = 4;
inline constexpr std::size_t mode_params = 6;  // modes with a parameter in one MODE

inline constexpr const char* user_modes = "iosw";
inline constexpr const char* channel_modes = "Ibeiklmnostv";
inline constexpr const char* channel_modes_with_param = "Ibeklov";

std::vector<std::string> isupport_tokens(const Config& config);

}  // namespace chat
