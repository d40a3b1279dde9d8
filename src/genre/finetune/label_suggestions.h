// Which texts are worth a label. Sources: Lewis and Gale, "A Sequential Algorithm for Training Text Classifiers"
// (1994); Settles, "Active Learning Literature Survey" (2009).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"

namespace genre {

enum class Uncertainty { kEntropy, kMargin };

// Of each row of probabilities (N x labels) in [0, 1]: the entropy over its largest possible value, or 1 minus the
// distance between the two largest. A row of one label is a coin with that probability.
std::vector<double> uncertainties(ConstMatrixView probabilities, Uncertainty kind);

// The numbers of `count` rows, best first: each the one with the largest
// uncertainty * (1 - largest cosine to a row chosen before) ^ diversity; ties by number. `vectors` is N x D; with
// diversity 0 they are not read.
std::vector<std::int64_t> suggest_labels(std::span<const double> uncertainty, ConstMatrixView vectors, double diversity,
                                         std::int64_t count);

}  // namespace genre
