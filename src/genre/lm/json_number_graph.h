// JSON numbers of a range as paths of a byte graph.
#pragma once

#include <optional>
#include <string>

#include "genre/lm/byte_automaton.h"

namespace genre {

// The numbers are a part of all JSON numbers: at most 15 digits before the point, so that each is exact as a double, at
// most nine behind it, no exponent, no minus before zero.
struct JsonNumberRange {
  struct Bound {
    double value;
    bool exclusive = false;
  };
  std::optional<Bound> low, high;
  bool integer = false;
};

// Adds the range behind `from`; returns the end of its paths, which nothing reaches when the range is empty. Throws
// Error(kConfig) for a bound with more than nine decimal places.
ByteGraph::State add_json_numbers(ByteGraph& graph, ByteGraph::State from, const JsonNumberRange& range);

}  // namespace genre
