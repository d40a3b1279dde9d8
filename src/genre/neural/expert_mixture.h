// A mixture of experts: several vectors for one thing, and how much each counts. Source: Shazeer et al., "Outrageously
// large neural networks: the sparsely-gated mixture-of-experts layer" (ICLR 2017), here with every expert counting and
// without noise, as Hou et al., "Towards universal sequence representation learning for recommender systems" (KDD
// 2022).
#pragma once

#include <cstdint>
#include <span>

namespace genre::neural {

// Numbers of a row from which a vector of this width is mixed: the K vectors of the experts, then K logits.
constexpr std::int64_t expert_numbers(int experts, std::int64_t width) { return experts * (width + 1); }

// out (D) += sum over k of softmax(logits)_k times vector k of `row` (K(D + 1)). One thread.
void add_mixture(std::span<const float> row, int experts, std::span<float> out);

// `row` becomes the gradient of its numbers, where d_out is that of the sum. One thread.
void mixture_backward(std::span<const float> d_out, int experts, std::span<float> row);

}  // namespace genre::neural
