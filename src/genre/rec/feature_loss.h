// What is known of items as a lesson beside what comes next: states shall say what features the next item has, and the
// vectors of items which are theirs. Source: Zhou et al., "S3-Rec: Self-Supervised Learning for Sequential
// Recommendation with Mutual Information Maximization" (CIKM 2020), of which these are the masked and the associated
// attribute prediction. In place of a yes or no for every feature, one of the item's is drawn and told from all others
// by a softmax, whose mean over draws is the cross-entropy with even shares for the item's features.
#pragma once

#include <span>
#include <vector>

#include "genre/linalg/csr.h"
#include "genre/neural/full_softmax.h"
#include "genre/neural/parameters.h"

namespace genre {

// The loss of a step, whose parts threads work on. The bits depend on the seed and the number of parts, not on threads.
class FeatureLoss {
 public:
  // features (I x F): of the items that take part. Adds "told features" (F x D), which is nothing but training's.
  FeatureLoss(double weight, CsrMatrix features, std::int64_t width, std::uint64_t seed, int parts,
              neural::Parameters& parameters);

  // Takes the vectors of features over as they are now, and those of items (I x D), which outlive the step. One thread.
  void start(std::int64_t step, const neural::Parameters& parameters, ConstMatrixView vectors);

  // The sum of the loss of these states (T x D), of which state t foretells wanted[t], and of the vectors of these
  // items, without the weight. Items without features have none. d_states (T x D), d_vectors (I x D) and the gradients
  // get the gradient of the loss times weight times `factor` added. One thread each part.
  double learn(std::size_t part, ConstMatrixView states, std::span<const std::int32_t> wanted, float factor,
               MatrixView d_states, MatrixView d_vectors, neural::Gradients& gradients);

 private:
  struct Part {
    std::vector<std::int64_t> states;   // that foretell an item with features
    std::vector<std::int32_t> targets;  // the features drawn for them, twice: of states, then of items
    Matrix rows, d_rows;
  };
  double weight_;
  CsrMatrix features_;
  std::uint64_t seed_;
  int told_;  // number of the parameter
  std::int64_t step_ = 0;
  ConstMatrixView vectors_;
  neural::FullSoftmax softmax_;
  std::vector<Part> parts_;
};

// The most bytes that it holds where a step foretells so many items, without features.
std::int64_t feature_loss_bytes(std::int64_t width, std::int64_t foretold, int parts);

}  // namespace genre
