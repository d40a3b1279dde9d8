// Two shapes at once.
#pragma once

#include <optional>

#include "genre/lm/json_shape.h"

namespace genre {

// What satisfies both; none where they contradict each other by type, value or property. Throws Error(kConfig) for
// steps of numbers whose common multiple is too large.
std::optional<JsonShape> merged(const JsonShape& a, const JsonShape& b);

}  // namespace genre
