// What is known of items besides their interactions, as one matrix S (I x K): a column of ones, then the item vectors,
// then the item features.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "genre/rec/recommender.h"

namespace genre {

enum class SideUse { kVectors, kFeatures, kBoth };
SideUse parse_side(const std::string& side);  // vectors, features, both

class ItemSide {
 public:
  // Keeps references to the vectors and features of `data`. With kBoth, features are used where there are some. Throws
  // Error(kData) where what was asked for is not there.
  ItemSide(std::string_view model, const TrainingData& data, SideUse use);

  std::int64_t items() const { return items_; }
  std::int64_t width() const { return 1 + vectors_.cols() + features(); }  // K
  std::int64_t features() const { return features_ == nullptr ? 0 : features_->cols; }

  void project(ConstMatrixView weights, MatrixView out) const;  // out (I x D) = S weights (K x D). Global pool
  void adjoint(ConstMatrixView values, MatrixView out) const;   // out (K x D) = S^T values (I x D). Global pool

 private:
  std::int64_t items_;
  ConstMatrixView vectors_;
  const CsrMatrix* features_ = nullptr;
  Matrix transposed_;     // of the vectors
  CsrMatrix by_feature_;  // of the features
};

// Ridge regression of the rows of `values` (I x D) on S, over the items with known[i] != 0: weights (K x D, the start)
// comes nearer to the minimum of sum over known i of |values(i) - weights^T s_i|^2 + l2 |weights|^2, by `steps` steps
// of conjugate gradients for all D columns at once; the objective never rises.
void regress_on_side(const ItemSide& side, std::span<const std::uint8_t> known, ConstMatrixView values, double l2,
                     int steps, Matrix& weights);

}  // namespace genre
