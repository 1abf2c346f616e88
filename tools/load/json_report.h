// The summary that a program reads: one JSON object. Its fields are listed in README.md.
#pragma once

#include <string>

#include "results.h"
#include "settings.h"

namespace load {

std::string json_report(const Settings& settings, const Results& results);
// Of a run that found nothing out: nobody could be reached, or nobody answered.
std::string json_failure(const Settings& settings, bool datagrams, const std::string& why);

}  // namespace load
