#include "genre/neural/running_mean.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/linalg/gemm.h"
#include "genre/neural/room.h"

namespace genre::neural {
namespace {

float score_of(std::span<const float> scores, std::int64_t t) { return scores.empty() ? 0 : scores[t]; }

}  // namespace

void RunningMean::forward(MatrixView x, std::span<const float> scores, std::span<const std::int64_t> offsets,
                          Saved& saved) {
  const std::int64_t width = x.cols();
  if (!scores.empty()) copy_rows(x, room(saved.read, x.rows(), width));
  saved.logs.resize(static_cast<std::size_t>(x.rows()));
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    saved.logs[offsets[b]] = score_of(scores, offsets[b]);
    for (std::int64_t t = offsets[b] + 1; t < offsets[b + 1]; ++t) {
      const float before = saved.logs[t - 1], score = score_of(scores, t), larger = std::max(before, score);
      const float log = larger + std::log1p(std::exp(std::min(before, score) - larger));
      const float keep = std::exp(before - log), own = std::exp(score - log);
      const float* const mean = x.row(t - 1).data();
      float* const row = x.row(t).data();
      for (std::int64_t d = 0; d < width; ++d) row[d] = keep * mean[d] + own * row[d];
      saved.logs[t] = log;
    }
  }
  if (!scores.empty()) copy_rows(x, room(saved.means, x.rows(), width));
}

// With L the logs: d x_s = exp(score_s - L_s) R_s where R_s = sum over t >= s of exp(L_s - L_t) g_t, and the gradient
// of score_s is exp(score_s - L_s) (x_s . R_s - c_s) where c_s sums exp(L_s - L_t) (mean_t . g_t).
void RunningMean::backward(MatrixView gradient, std::span<const float> scores, std::span<const std::int64_t> offsets,
                           const Saved& saved, std::span<float> d_scores) {
  assert(d_scores.size() == scores.size());
  const std::int64_t width = gradient.cols();
  std::vector<float> later(static_cast<std::size_t>(width));
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    std::ranges::fill(later, 0.0f);
    float along_means = 0;
    for (std::int64_t t = offsets[b + 1]; t-- > offsets[b];) {
      const float fade = t + 1 < offsets[b + 1] ? std::exp(saved.logs[t] - saved.logs[t + 1]) : 0;
      const float own = std::exp(score_of(scores, t) - saved.logs[t]);
      float* const row = gradient.row(t).data();
      if (!d_scores.empty()) along_means = fade * along_means + dot(saved.means.row(t).data(), row, width);
      for (std::int64_t d = 0; d < width; ++d) {
        later[d] = fade * later[d] + row[d];
        row[d] = own * later[d];
      }
      if (!d_scores.empty()) d_scores[t] = own * (dot(saved.read.row(t).data(), later.data(), width) - along_means);
    }
  }
}

}  // namespace genre::neural
