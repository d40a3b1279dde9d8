#include "genre/rec/ease.h"

#include "genre/base/thread_pool.h"
#include "genre/linalg/spd_inverse.h"
#include "genre/rec/tensors.h"

namespace genre {

void EaseOptions::fields(config::Fields& f) {
  f.number("l2", l2, {.minimum = 1e-3, .maximum = 1e9}, "L2 penalty on the weights between items");
}

std::unique_ptr<Recommender> EaseOptions::build() const { return std::make_unique<Ease>(*this); }

void solve_item_weights(Matrix& gram) {
  invert_spd(gram.view());
  const std::int64_t n = gram.rows();
  std::vector<float> scale(n);
  for (std::int64_t j = 0; j < n; ++j) scale[j] = -1.0f / gram.row(j)[j];
  global_pool().parallel_for(n, 64, [&](std::size_t begin, std::size_t end, int) {
    for (auto i = static_cast<std::int64_t>(begin); i < static_cast<std::int64_t>(end); ++i) {
      const auto row = gram.row(i);
      for (std::int64_t j = 0; j < n; ++j) row[j] *= scale[j];
      row[i] = 0;
    }
  });
}

void Ease::fit(const TrainingData& data) {
  require_interactions(name(), data);
  Matrix weights = gram(data.interactions);
  for (std::int64_t i = 0; i < weights.rows(); ++i) weights.row(i)[i] += static_cast<float>(options_.l2);
  solve_item_weights(weights);
  set_weights(std::move(weights));
}

}  // namespace genre
