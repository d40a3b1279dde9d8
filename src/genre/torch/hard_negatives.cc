#include "genre/torch/hard_negatives.h"

#include <torch/torch.h>

#include <algorithm>

#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"

namespace genre::trainer {
namespace {

constexpr std::int64_t kTextBlock = 256;

}  // namespace

std::vector<std::vector<std::int64_t>> hard_negatives(
    const torch::Tensor& texts, const torch::Tensor& own, const torch::Tensor& candidates,
    const std::function<bool(std::int64_t text, std::int64_t candidate)>& belongs, int count, double margin) {
  const torch::NoGradGuard no_graph;
  const std::int64_t all = texts.size(0), others = candidates.size(0);
  const torch::Tensor limits = (texts * own).sum(1) - margin;
  std::vector<std::vector<std::int64_t>> out(all);
  for (std::int64_t begin = 0; begin < all; begin += kTextBlock) {
    throw_if_interrupted();
    const std::int64_t end = std::min(all, begin + kTextBlock);
    const torch::Tensor scores = torch::mm(texts.slice(0, begin, end), candidates.t()).contiguous();
    const auto of_text = [&](std::int64_t i) {
      const float* const row = scores.data_ptr<float>() + (i - begin) * others;
      const float limit = limits.data_ptr<float>()[i];
      std::vector<std::int64_t>& nearest = out[i];  // the farthest of them last
      const auto nearer = [row](std::int64_t a, std::int64_t b) { return row[a] > row[b]; };
      for (std::int64_t j = 0; j < others; ++j) {
        if (row[j] > limit) continue;
        const bool full = nearest.size() == static_cast<std::size_t>(count);
        if (full && !nearer(j, nearest.back())) continue;
        if (belongs(i, j)) continue;
        if (full) nearest.pop_back();
        nearest.insert(std::ranges::upper_bound(nearest, j, nearer), j);
      }
    };
    global_pool().parallel_for(static_cast<std::size_t>(end - begin), 8, [&](std::size_t first, std::size_t last, int) {
      for (std::size_t n = first; n < last; ++n) of_text(begin + static_cast<std::int64_t>(n));
    });
  }
  return out;
}

}  // namespace genre::trainer
