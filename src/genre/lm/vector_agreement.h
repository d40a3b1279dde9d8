// How close vectors of texts are to those of a reference: what less precision or a pruned model costs.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "genre/lm/text_encoder.h"

namespace genre {

struct VectorAgreement {
  std::int64_t texts = 0;
  double mean = 0, worst = 0;  // cosine between the two vectors of a text
};

// Of rows of equal number and width. NaN values where there are no rows; a row of zeros has cosine 0 with every other.
VectorAgreement agreement(ConstMatrixView reference, ConstMatrixView other);
// Of the vectors of items. Throws Error(kData) for models whose vectors have two widths.
VectorAgreement agreement(const TextEncoder& reference, const TextEncoder& other, std::span<const std::string> texts);

}  // namespace genre
