// Hard negatives: others that lie near a text and do not belong to it. Those nearer than its own other less a margin
// are left out, since they may belong to it unsaid (TopK-MarginPos of Moreira et al., "NV-Retriever", 2024).
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace genre::trainer {

// For each text the numbers of at most `count` candidates, the nearest first and of equal ones the first: of those that
// `belongs` (text, candidate) is false for, and whose cosine with the text is at most that of its own other less
// `margin`. texts and own: N x D, candidates: M x D, all of unit length, in the memory of the processor. `belongs` is
// called from several threads. Time N M D, memory a block of N times M.
std::vector<std::vector<std::int64_t>> hard_negatives(
    const torch::Tensor& texts, const torch::Tensor& own, const torch::Tensor& candidates,
    const std::function<bool(std::int64_t text, std::int64_t candidate)>& belongs, int count, double margin);

}  // namespace genre::trainer
