#pragma once

#include <cstdint>
#include <span>

#include "genre/linalg/matrix.h"

namespace genre::nn {

// out[t] = words[ids[t]] + positions[t - start of its sequence] + type, for packed sequences (offsets as in
// attention.h). words is V x D, positions P x D with no sequence longer than P, type has D elements, out is T x D. Ids
// are in [0, V). One thread.
void embed(std::span<const std::int32_t> ids, std::span<const std::int32_t> offsets, ConstMatrixView words,
           ConstMatrixView positions, std::span<const float> type, MatrixView out);

}  // namespace genre::nn
