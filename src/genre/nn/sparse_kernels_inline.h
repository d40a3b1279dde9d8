// Kernel templates over a vector width of W bytes; the rules are those of genre/linalg/simd.h.
#pragma once

#include "genre/linalg/simd.h"
#include "genre/nn/sparse_kernels.h"

namespace genre::nn {

// G outputs of a group for V vectors of tokens. A single output has too few sums to keep the units busy, so it adds up
// even and odd entries apart.
template <int W, int G, int V>
void sparse_groups(const SparseGroups& groups, std::int64_t begin, std::int64_t end, const float* inputs, float* sums) {
  using Floats = typename linalg::VectorOf<float, W>::Type;
  constexpr int kLanes = linalg::VectorOf<float, W>::kLanes, kTokens = V * kLanes, kChains = G == 1 ? 2 : 1;
  for (std::int64_t g = begin; g < end; ++g) {
    Floats sum[kChains][G][V] = {};
    const auto add = [&](int chain, std::int64_t entry) __attribute__((always_inline)) {
      const float* const x = inputs + static_cast<std::int64_t>(groups.columns[entry]) * kTokens;
      const float* const w = groups.values + entry * G;
#pragma GCC unroll 4
      for (int r = 0; r < G; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) sum[chain][r][v] += linalg::load<float, W>(x + v * kLanes) * w[r];
    };
    std::int64_t entry = groups.starts[g];
    const std::int64_t last = groups.starts[g + 1];
    for (; entry + kChains <= last; entry += kChains)
#pragma GCC unroll 2
      for (int chain = 0; chain < kChains; ++chain) add(chain, entry + chain);
    if (entry < last) add(0, entry);
#pragma GCC unroll 4
    for (int r = 0; r < G; ++r, sums += kTokens)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v)
        linalg::store<float, W>(sums + v * kLanes, kChains == 1 ? sum[0][r][v] : sum[0][r][v] + sum[kChains - 1][r][v]);
  }
}

template <int W>
void sparse_multiply(const SparseGroups& groups, std::int64_t begin, std::int64_t end, const float* inputs, int vectors,
                     float* sums) {
  if (groups.outputs == 4)
    return vectors == 2 ? sparse_groups<W, 4, 2>(groups, begin, end, inputs, sums)
                        : sparse_groups<W, 4, 1>(groups, begin, end, inputs, sums);
  if (vectors == 4) return sparse_groups<W, 1, 4>(groups, begin, end, inputs, sums);
  return vectors == 2 ? sparse_groups<W, 1, 2>(groups, begin, end, inputs, sums)
                      : sparse_groups<W, 1, 1>(groups, begin, end, inputs, sums);
}

}  // namespace genre::nn
