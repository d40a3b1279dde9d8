#pragma once

#include <cstdint>
#include <span>

#include "genre/linalg/matrix.h"

namespace genre::nn {

// How the states of a sequence's tokens become its vector.
enum class Pooling {
  kClass,           // the first token
  kMean,            // the mean over all tokens
  kMaximum,         // the largest value of each dimension
  kMeanRootLength,  // the sum over all tokens divided by the root of their number
  kWeightedMean,    // the mean with weights 1, 2, 3, ... by place in the sequence
  kLast,            // the last token
};

// out (B x D) from states (T x D) of packed, non-empty sequences (offsets as in attention.h). The first `skip` tokens
// of a sequence, those of a prompt, are left out as if they were not there, though they keep their places; at least the
// last token stays. One thread.
void pool(Pooling pooling, ConstMatrixView states, std::span<const std::int32_t> offsets, std::int32_t skip,
          MatrixView out);

// Divides each row by its Euclidean length, or by 1e-12 where that is smaller. One thread.
void normalise_rows(MatrixView x);

}  // namespace genre::nn
