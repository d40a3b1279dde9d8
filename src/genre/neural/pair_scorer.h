// A trained pair network that is asked about one user and many items: what the items bring to the first layer is worked
// out once, so that a user costs the layers behind it.
#pragma once

#include "genre/neural/pair_network.h"

namespace genre::neural {

// Any number of threads may compute; one thread each.
class PairScorer {
 public:
  // The network, its parameters and the items (I x W) outlive this and stay as they are. The network is packed.
  PairScorer(const PairNetwork& network, const Parameters& parameters, ConstMatrixView items);

  // Row q of scores (Q x I) becomes the logits of user q (Q x V) with every item.
  void score(ConstMatrixView users, MatrixView scores) const;

  // The mean binary cross-entropy of one user (V) with the items of these numbers; d_user (V) becomes its gradient.
  double user_gradient(std::span<const float> user, std::span<const std::int32_t> numbers,
                       std::span<const float> labels, std::span<float> d_user) const;

  std::size_t packed_bytes() const { return product_.bytes(); }

 private:
  const PairNetwork& network_;
  const Parameters& parameters_;
  ConstMatrixView items_;
  PackedMatrix product_;       // D x I: q, where there is a product
  Matrix of_items_;            // I x H: W_i q' + b_1
  std::vector<float> biases_;  // I: b, and c where the shape has it
};

}  // namespace genre::neural
