// A field that holds several integers, as the widths of layers.
#pragma once

#include <string>
#include <vector>

#include "genre/config/fields.h"

namespace genre::config {

// Each within the range; f.add(integer_list("hidden", hidden, {.minimum = 1}, "widths of the layers")). The target
// outlives the field.
Field integer_list(std::string name, std::vector<int>& target, Range range, std::string doc);

}  // namespace genre::config
