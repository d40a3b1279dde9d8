#include "genre/nn/causal_attention.h"

#include <cassert>
#include <cmath>
#include <vector>

#include "genre/nn/attention.h"
#include "genre/nn/kernels.h"

namespace genre::nn {

static_assert(kCachePage == kPagePositions);

void write_cache(const float* key, const float* value, std::int64_t size, std::int64_t slot, float* page) {
  for (std::int64_t d = 0; d < size; ++d) page[d * kCachePage + slot] = key[d];
  float* const to = page + (kCachePage + slot) * size;
  for (std::int64_t d = 0; d < size; ++d) to[d] = value[d];
}

void causal_attention(const CausalAttention& head, std::int64_t begin, std::int64_t end) {
  assert(head.size % kHeadMultiple == 0);
  if (begin >= end) return;
  const std::int64_t longest = head.first + (end - 1) / head.group + 1;
  const std::int64_t padded = (longest + kCachePage - 1) / kCachePage * kCachePage;
  assert(padded / kCachePage <= static_cast<std::int64_t>(head.pages.size()));
  std::vector<float> scores(static_cast<std::size_t>(kAttentionRows * padded));
  const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(head.size)));
  kernels().attend_cached({head.pages.data(), head.offset, head.size, head.group, head.first, head.queries,
                           head.query_stride, head.out, head.out_stride, scale, padded},
                          begin, end, scores.data());
}

}  // namespace genre::nn
