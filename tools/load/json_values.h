// What the JSON reports have in common.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "corruption.h"
#include "histogram.h"

namespace load {

using Json = nlohmann::ordered_json;

// Of every report. Another one when a value goes or means something else, not when one is added.
inline constexpr int json_schema = 2;

// Count, minimum, mean, percentiles and maximum, in nanoseconds; and all of it: sum and buckets.
Json json_of(const Histogram& histogram);
Json json_of(const SparseHistogram& histogram);

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json json_of(const Corruption& each);

// As it is written. An error text in the system's own language need not be UTF-8: what is not becomes U+FFFD.
std::string text_of(const Json& json);

}  // namespace load
