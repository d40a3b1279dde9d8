// Item vectors of a language model, centred. Sentence encoders put every text into a narrow cone; without the mean that
// all texts share, cosines tell items apart. Source: Mu and Viswanath, "All-but-the-top: simple and effective
// postprocessing for word representations", ICLR 2018 (the mean alone).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"

namespace genre {

struct CentredVectors {
  Matrix vectors;                      // I x D: minus the mean, then of unit length; zero where there is no text
  std::vector<float> mean;             // D, over the items with text
  std::vector<std::uint8_t> has_text;  // I flags
};

// Without `centre` the mean is zero. So it is where fewer than two items have text: they would vanish.
CentredVectors centre_vectors(ConstMatrixView vectors, bool centre);

// Scales to unit length in place; a vector too short to have a direction becomes zero.
void scale_to_unit(std::span<float> vector);

}  // namespace genre
