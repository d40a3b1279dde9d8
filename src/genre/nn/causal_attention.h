// Attention of new tokens to everything before them, over keys and values that are kept in pages.
#pragma once

#include <cstdint>
#include <span>

namespace genre::nn {

// Positions of a page. A page of one key-value head is `size` x kCachePage keys (one column a position, so that a
// vector holds one element of adjoining positions) and then kCachePage x `size` values.
inline constexpr std::int64_t kCachePage = 32;
constexpr std::int64_t cache_page_floats(std::int64_t size) { return 2 * kCachePage * size; }

// Writes key and value (`size` floats each) of one position to slot position % kCachePage of a page.
void write_cache(const float* key, const float* value, std::int64_t size, std::int64_t slot, float* page);

// One key-value head of one sequence and the query heads that share it.
struct CausalAttention {
  std::span<const float* const> pages;  // every page that holds other heads as well
  std::int64_t offset;                  // of this head inside each page
  std::int64_t size;                    // of a head, a multiple of kHeadMultiple
  std::int64_t group;                   // G, query heads that read this key-value head
  std::int64_t first;                   // position of the first query; the keys up to each query are written already
  const float* queries;                 // T rows of G adjoining heads, row stride `query_stride`
  std::int64_t query_stride;
  float* out;  // the same form
  std::int64_t out_stride;
};

// Rows [begin, end) of the T x G outputs, row t G + g: softmax(q K^T / sqrt(size)) V over positions [0, first + t]. A
// row has the same bits whatever the other rows are. One thread. Source: Ainslie et al., "GQA: Training Generalized
// Multi-Query Transformer Models from Multi-Head Checkpoints" (2023).
void causal_attention(const CausalAttention& head, std::int64_t begin, std::int64_t end);

}  // namespace genre::nn
