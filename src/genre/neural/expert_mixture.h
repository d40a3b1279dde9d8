// A mixture of experts: several vectors for one thing, and how much each counts. Source: Shazeer et al., "Outrageously
// large neural networks: the sparsely-gated mixture-of-experts layer" (ICLR 2017), here with every expert counting and
// without noise, as Ma et al., "Modeling task relationships in multi-task learning with multi-gate mixture-of-experts"
// (KDD 2018).
#pragma once

#include <cstdint>
#include <span>

namespace genre::neural {

// out (D) += sum over k of softmax(logits)_k times vector k. vectors: K x D, one after another; logits: K. One thread.
void add_mixture(std::span<const float> vectors, std::span<const float> logits, std::span<float> out);

// For the gradient d_out (D) of the sum, d_vectors and d_logits become those of both, and may stand in their place. One
// thread.
void mixture_backward(std::span<const float> d_out, std::span<const float> vectors, std::span<const float> logits,
                      std::span<float> d_vectors, std::span<float> d_logits);

}  // namespace genre::neural
