// JSON numbers of a range as paths of a byte graph.
#pragma once

#include <optional>
#include <string>

#include "genre/lm/byte_graph.h"

namespace genre {

// digits x 10^-places.
struct DecimalStep {
  int digits = 1;
  int places = 0;
};

// The numbers are a part of all JSON numbers: at most 15 digits before the point, so that each is exact as a double, at
// most nine behind it (with a step: as many as it has), no exponent, no minus before zero.
struct JsonNumberRange {
  struct Bound {
    double value;
    bool exclusive = false;
  };
  std::optional<Bound> low, high;
  std::optional<DecimalStep> step;  // every number is a multiple of it
  bool integer = false;

  // Keeps the tighter bound.
  void raise(const Bound& bound);
  void lower(const Bound& bound);
};

// Throws Error(kConfig) unless the value is above 0, has at most nine decimal places and, without the point and zeros
// before it, is at most 1,000.
DecimalStep decimal_step(double value);
// The smallest step whose multiples are multiples of both. Throws Error(kConfig) where its digits are above 1,000.
std::optional<DecimalStep> common_step(const std::optional<DecimalStep>& a, const std::optional<DecimalStep>& b);

// Adds the range behind `from`; returns the end of its paths, which nothing reaches when the range is empty. Throws
// Error(kConfig) for a bound with more than nine decimal places.
ByteGraph::State add_json_numbers(ByteGraph& graph, ByteGraph::State from, const JsonNumberRange& range);

}  // namespace genre
