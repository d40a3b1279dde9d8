// Multinomial likelihood of whole histories under a softmax over the catalogue. Source: Liang, Krishnan, Hoffman and
// Jebara, "Variational Autoencoders for Collaborative Filtering" (WWW 2018).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "genre/linalg/gemm.h"
#include "genre/neural/parameters.h"

namespace genre::neural {

// logits = states W^T + b. They never exist for more than a block of states at a time: at most kLogitBytes, or those of
// kFewestRows. One thread at a time packs; any number may ask for logits.
class MultinomialLikelihood {
 public:
  static constexpr std::int64_t kLogitBytes = std::int64_t{4} << 20, kFewestRows = 48;

  // Adds NAME.weight (I x D), normal with this deviation, and NAME.bias (I), 0.
  MultinomialLikelihood(Parameters& parameters, const std::string& name, std::int64_t items, std::int64_t width,
                        double deviation, RandomStream& random);

  // Takes the weight over as it is now; before the first product and after each change. Uses the global pool.
  void pack(const Parameters& parameters);

  // B x D to B x I. One thread.
  void logits(const Parameters& parameters, ConstMatrixView states, MatrixView logits) const;

  // The sum over b, and the items i of history b, which are distinct, of -log softmax(logits of b)[i]. d_states (B x D,
  // or no rows: not wanted) becomes `factor` times its gradient; where `gradients` is not null, those of weight and
  // bias become it too. Uses the global pool, one call at a time; the bits do not depend on the number of threads.
  double loss(const Parameters& parameters, ConstMatrixView states,
              std::span<const std::span<const std::int32_t>> histories, float factor, MatrixView d_states,
              Gradients* gradients);

 private:
  double block(const Parameters& parameters, ConstMatrixView states,
               std::span<const std::span<const std::int32_t>> histories, float factor, MatrixView d_states);
  void take_gradients(ConstMatrixView states, Gradients& gradients, bool add);

  int weight_, bias_;
  std::int64_t items_, stride_;
  PackedMatrix by_item_, by_state_;  // D x I, I x D
  PackedMatrix states_;              // of the block
  PageVector<float> logits_;         // of the block, then their gradients; row stride stride_
};

}  // namespace genre::neural
