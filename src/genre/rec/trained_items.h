// The vectors of items while they are trained: one of its own each, and where items have text what a linear map makes
// of the language model's vector, which also gives items a place that nobody has touched.
#pragma once

#include "genre/linalg/gemm.h"
#include "genre/neural/parameters.h"

namespace genre {

class TrainedItems {
 public:
  // Adds "items" (I x D) and, for text of I rows (I x P, zeros where an item has none), "text.weight" (D x P). For text
  // without rows each item has its own vector alone. Text must outlive this.
  TrainedItems(std::int64_t items, std::int64_t width, ConstMatrixView text, double id_dropout,
               neural::Parameters& parameters, RandomStream& random);

  // I x D, as the parameters are now, until the next call or, without text, the next change. `random` draws the items
  // with text whose own vectors are left out of this step; null: none. Uses the global pool.
  ConstMatrixView forward(const neural::Parameters& parameters, RandomStream* random);
  // The gradient of these vectors, which lies where that of "items" belongs, becomes that of the parameters. Uses the
  // global pool.
  void backward(neural::Gradients& gradients) const;

  int ids() const { return ids_; }                       // numbers of the parameters
  int map() const { return map_; }                       // -1 without text
  int parameters() const { return has_text() ? 2 : 1; }  // how many were added

 private:
  bool has_text() const { return map_ >= 0; }

  ConstMatrixView text_;
  double id_dropout_;
  int ids_, map_ = -1;
  PackedMatrix packed_text_, packed_map_;  // I x P, P x D
  Matrix vectors_;
  std::vector<std::uint8_t> left_out_;  // I flags
};

}  // namespace genre
