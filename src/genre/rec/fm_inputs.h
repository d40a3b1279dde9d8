// What a factorisation machine is told of an item beside its number.
#pragma once

#include <string>
#include <string_view>

#include "genre/rec/recommender.h"

namespace genre {

// Both may be absent.
struct FmInputs {
  const CsrMatrix* features = nullptr;  // I x F
  ConstMatrixView vectors;              // I x K
};

// side: none, features (where there are some), vectors, both. Views of `data`. Throws Error(kData) where vectors are
// wanted and not there, or features do not fit the items.
FmInputs fm_inputs(std::string_view model, const TrainingData& data, const std::string& side);

}  // namespace genre
