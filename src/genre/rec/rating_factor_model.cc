#include "genre/rec/rating_factor_model.h"

#include <algorithm>
#include <numeric>

#include "genre/linalg/least_squares.h"
#include "genre/rec/tensors.h"

namespace genre {

std::pair<float, float> RatingFactorModel::rating_range() const { return {scale_[2], scale_[3]}; }

void RatingFactorModel::save(SafetensorsWriter& out, const std::string& prefix) const {
  FactorModel::save(out, prefix);
  out.add(prefix + "rating_scale", std::span<const float>(scale_), {4});
}

void RatingFactorModel::load(const SafetensorsFile& in, const std::string& prefix) {
  const auto scale = in.values<float>(prefix + "rating_scale", {4});
  FactorModel::load(in, prefix);
  scale_.assign(scale.begin(), scale.end());
}

float RatingFactorModel::fold_in_liked(const Query& query, double l2, FoldInBias bias, std::span<float> vector) const {
  const Factors& f = factors();
  const std::int64_t width = f.items.cols(), wide = width + 1;  // the last column is 1, for the bias
  const auto count = static_cast<std::int64_t>(query.history.size());
  Matrix rows(count, wide);
  std::vector<std::int32_t> all(count);
  std::iota(all.begin(), all.end(), 0);
  std::vector<float> target(count), a(wide * wide, 0.0f), b(wide), scratch;
  for (std::int64_t n = 0; n < count; ++n) {
    const std::int32_t item = query.history[n];
    const auto from = f.items.row(item);
    std::copy(from.begin(), from.end(), rows.row(n).begin());
    rows.row(n)[width] = bias == FoldInBias::kFitted ? 1.0f : 0.0f;
    target[n] = liked() - f.item_bias[item] - dot(vector.data(), from.data(), width);
  }
  add_weighted_gram(rows, all, std::vector<float>(count, 1.0f), a, scratch);
  for (std::int64_t d = 0; d < wide; ++d)
    a[d * wide + d] += static_cast<float>(std::max(l2, 1e-6)) * static_cast<float>(count);
  sum_rows(rows, all, target, b);
  solve_spd(a, b);
  for (std::int64_t d = 0; d < width; ++d) vector[d] += b[d];
  return b[width];
}

}  // namespace genre
