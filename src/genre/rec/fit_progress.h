// What a fit does between two like pieces of its work, such as epochs.
#pragma once

#include "genre/rec/recommender.h"

namespace genre {

// Tells whoever wants to know that `done` of `of` pieces are done. Throws Error(kInterrupted).
void between_pieces(const TrainingData& data, std::int64_t done, std::int64_t of);

}  // namespace genre
