// The vectors of items while they are trained: one of its own each, and what is made of what is known of the item,
// which also gives items a place that nobody has touched.
#pragma once

#include "genre/linalg/csr.h"
#include "genre/linalg/gemm.h"
#include "genre/neural/parameters.h"
#include "genre/neural/unit_rows.h"

namespace genre {

// What is known of items. Views must outlive who uses it.
struct ItemSides {
  ConstMatrixView text = {};            // I x P, rows of zeros where an item has none; or no rows
  const CsrMatrix* features = nullptr;  // I x F; or null
  bool empty() const { return text.empty() && features == nullptr; }
};

struct ItemEncoding {
  // The chance that a step goes without the own vector of an item of which something is known; 1: such items have none.
  double id_dropout = 0;
  bool unit = false;  // vectors are brought to length 1
  // Maps of a text whose results are mixed by shares that the text gives them (neural/expert_mixture.h); 1: one map.
  int experts = 1;

  // N: of how many numbers, each affine in the text, its vector of this width is made: its own, or those of the experts
  // one after another and then a logit of each.
  std::int64_t text_numbers(std::int64_t width) const { return experts > 1 ? experts * (width + 1) : width; }
  // vector (D) += what these numbers (N) make. One thread.
  void add_text(std::span<const float> numbers, std::span<float> vector) const;
};

// The vector of an item is the sum of its own, what a map, or a mixture of affine maps, makes of its text, and the
// vectors of its features. A text of zeros is none and adds nothing.
class TrainedItems {
 public:
  // Adds "items" (I x D), for text "text.weight" (N x P) and with several experts
  // "text.bias" (1 x N), and for features "features.weight" (F x D).
  TrainedItems(std::int64_t items, std::int64_t width, const ItemSides& sides, const ItemEncoding& encoding,
               neural::Parameters& parameters, RandomStream& random);

  // I x D, as the parameters are now, until the next call or the next change of them. `random` draws the own vectors
  // that are left out of this step; null: none. Uses the global pool.
  ConstMatrixView forward(const neural::Parameters& parameters, RandomStream* random);
  // The gradient of these vectors, which lies where that of "items" belongs, becomes that of the parameters. Uses the
  // global pool.
  void backward(neural::Gradients& gradients);

  // What these sides give the vectors (N x D) of items, before they are brought to length 1. Uses the global pool.
  Matrix from_sides(const neural::Parameters& parameters, std::int64_t items, const ItemSides& sides) const;
  // The vectors (N x D) of other items, of which these sides are known and which have none of their own. Uses the
  // global pool.
  Matrix described(const neural::Parameters& parameters, std::int64_t items, const ItemSides& sides) const;

  int ids() const { return ids_; }                // numbers of the parameters
  int map() const { return map_; }                // -1 without text
  int bias() const { return bias_; }              // -1 without several experts
  int features() const { return features_; }      // -1 without features
  int parameters() const { return parameters_; }  // how many were added

 private:
  bool mixes() const { return bias_ >= 0; }
  // `numbers` is what of texts is mixed, where there are several experts.
  void add_text(const neural::Parameters& parameters, ConstMatrixView text, MatrixView vectors, Matrix& numbers) const;
  void add_features(const neural::Parameters& parameters, const CsrMatrix& features, MatrixView vectors) const;
  void add_sides(const neural::Parameters& parameters, const ItemSides& sides, MatrixView vectors,
                 Matrix& numbers) const;
  void text_backward(ConstMatrixView d_numbers, neural::Gradients& gradients) const;

  ItemSides sides_;
  ItemEncoding encoding_;
  int ids_, map_ = -1, bias_ = -1, features_ = -1, parameters_ = 1;
  PackedMatrix packed_text_;  // I x P
  CsrMatrix by_feature_;      // F x I
  Matrix vectors_, numbers_;
  neural::UnitRows unit_;
  std::vector<std::uint8_t> known_, left_out_;  // I flags
};

}  // namespace genre
