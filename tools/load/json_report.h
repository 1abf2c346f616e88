// The summary that a program reads: one JSON object. Its fields are listed in
// docs/eddy-load-json.md.
#pragma once

#include <string>

#include "json_values.h"
#include "results.h"
#include "settings.h"

namespace load {

Json json_document(const Settings& settings, const Results& results);
std::string json_report(const Settings& settings, const Results& results);  // the same, as text
// Of a run that found nothing out: nobody could be reached, or nobody answered.
std::string json_failure(const Settings& settings, bool datagrams, const std::string& why);

}  // namespace load
