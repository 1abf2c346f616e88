// The summary of `eddy-load chat` that a program reads: one JSON object. Its fields are listed in README.md.
#pragma once

#include <string>

#include "results.h"
#include "settings.h"

namespace load::chat {

std::string json_report(const Settings& settings, const Results& results);
// Of a run that found nothing out: the sender, or no receiver, came into the channel.
std::string json_failure(const Settings& settings, const std::string& why);

}  // namespace load::chat
