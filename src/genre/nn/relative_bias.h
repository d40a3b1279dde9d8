// What attention adds to a score for the distance between query and key. Source: Raffel et al., "Exploring the Limits
// of Transfer Learning with a Unified Text-to-Text Transformer" (2020), section 2.1; MPNet and T5 use it.
#pragma once

#include <cstdint>

#include "genre/linalg/matrix.h"

namespace genre::nn {

// Of `buckets`, half are for keys after the query and half for the others; a quarter are single distances, the rest
// grow as powers up to `limit`, and the last holds everything beyond. distance: key minus query.
std::int64_t distance_bucket(std::int64_t distance, std::int64_t buckets, std::int64_t limit);

// A bias for each head (row) and distance, from table (buckets x heads). Column distance + length - 1 is that of a
// distance in (-length, length); the columns after these are 0 and let kernels read whole vectors.
Matrix relative_bias(ConstMatrixView table, std::int64_t length, std::int64_t limit);

// The longest sequence that a matrix of relative_bias serves.
std::int64_t bias_length(ConstMatrixView bias);

}  // namespace genre::nn
