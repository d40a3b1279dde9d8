// Codes of items from the vectors of their texts, by an autoencoder that is trained for it. Source: Rajput et al.,
// "Recommender Systems with Generative Retrieval" (NeurIPS 2023).
#pragma once

#include <cstdint>
#include <vector>

#include "genre/config/fields.h"
#include "genre/linalg/matrix.h"
#include "genre/neural/quantised_autoencoder.h"
#include "genre/rec/recommender.h"

namespace genre {

struct ItemQuantiserOptions {
  int levels = 3;
  int codes = 256;
  int factors = 32;
  int hidden = 256;
  double commitment = 0.25;
  int epochs = 200;
  int batch = 256;
  double learning_rate = 0.001;
  void fields(config::Fields& f);
};

struct QuantisedItems {
  std::vector<std::int32_t> codes;  // I x L; SemanticIds::kNone where an item has no text
  Matrix vectors;                   // I x D: the sums of entries that stand for texts; zeros where there is none
};

// Centres the vectors (I x P; rows of zeros: no text; centred_vectors.h) and trains the autoencoder of
// neural/quantised_autoencoder.h on them by Adam, at a rate that falls to 0, on the mean loss of a batch; entries of
// codebooks that no text uses start again after each epoch of the first half. Levels have as many codes as there are
// texts where those are fewer. The bits do not depend on the number of threads. Uses the global pool. Throws
// Error(kInterrupted), and Error(kRuntime) naming the step whose gradient is not finite.
QuantisedItems quantise_items(const ItemQuantiserOptions& how, ConstMatrixView vectors, std::uint64_t seed);

// The most bytes that it holds beside its input.
std::int64_t item_quantiser_bytes(const ItemQuantiserOptions& how, const DataSize& size);

}  // namespace genre
