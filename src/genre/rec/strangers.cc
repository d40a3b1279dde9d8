#include "genre/rec/strangers.h"

#include <algorithm>

#include "genre/linalg/all_zeros.h"
#include "genre/linalg/gemm.h"
#include "genre/optim/adam.h"

namespace genre {

std::vector<float> mean_row(const Matrix& rows) {
  std::vector<float> out(rows.cols(), 0.0f);
  std::int64_t count = 0;
  for (std::int64_t r = 0; r < rows.rows(); ++r) {
    if (all_zeros(rows.row(r))) continue;
    ++count;
    add_scaled(1, rows.row(r).data(), out.data(), rows.cols());
  }
  for (float& value : out) value /= static_cast<float>(std::max<std::int64_t>(count, 1));
  return out;
}

void descend(std::span<float> vector, int steps, double rate, const VectorGradient& fill_gradient) {
  std::vector<float> gradient(vector.size());
  const std::unique_ptr<Optimizer> adam = AdamOptions().build();
  adam->add(1, std::ssize(vector));
  for (int step = 0; step < steps; ++step) {
    fill_gradient(vector, gradient);
    adam->begin_step();
    adam->update(0, vector, gradient, {.learning_rate = rate});
  }
}

}  // namespace genre
