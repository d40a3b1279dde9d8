#include "genre/rec/feature_loss.h"

#include <algorithm>
#include <utility>

#include "genre/base/random.h"
#include "genre/linalg/gemm.h"
#include "genre/neural/room.h"
#include "genre/rec/step_seed.h"

namespace genre {

FeatureLoss::FeatureLoss(double weight, CsrMatrix features, std::int64_t width, std::uint64_t seed, int parts,
                         neural::Parameters& parameters)
    : weight_(weight),
      features_(std::move(features)),
      seed_(seed),
      told_(parameters.add("told features", features_.cols, width, /*decays=*/true)),
      parts_(parts) {
  constexpr double kDeviation = 0.02;
  RandomStream random(seed, "told features");
  neural::fill_normal(parameters.value(told_), kDeviation, random);
}

void FeatureLoss::start(std::int64_t step, const neural::Parameters& parameters, ConstMatrixView vectors) {
  step_ = step;
  vectors_ = vectors;
  softmax_.pack(parameters.value(told_));
}

double FeatureLoss::learn(std::size_t number, ConstMatrixView states, std::span<const std::int32_t> wanted,
                          float factor, MatrixView d_states, MatrixView d_vectors, neural::Gradients& gradients) {
  Part& part = parts_[number];
  part.states.clear();
  part.targets.clear();
  RandomStream random(step_seed(seed_, step_ * std::ssize(parts_)) + number, "features");
  for (std::size_t t = 0; t < wanted.size(); ++t) {
    const auto own = features_.row_indices(wanted[t]);
    if (own.empty()) continue;
    part.states.push_back(static_cast<std::int64_t>(t));
    part.targets.push_back(own[random.below(own.size())]);
  }
  const std::int64_t count = std::ssize(part.states), width = states.cols();
  if (count == 0) return 0;
  for (std::int64_t n = 0; n < count; ++n) part.targets.push_back(part.targets[n]);
  neural::room(part.rows, 2 * count, width);
  neural::room(part.d_rows, 2 * count, width);
  for (std::int64_t n = 0; n < count; ++n) {
    const std::int64_t state = part.states[n];
    std::ranges::copy(states.row(state), part.rows.row(n).data());
    std::ranges::copy(vectors_.row(wanted[state]), part.rows.row(count + n).data());
  }
  const double sum =
      softmax_.loss({part.rows.data(), 2 * count, width}, part.targets, static_cast<float>(weight_) * factor,
                    {part.d_rows.data(), 2 * count, width}, gradients[told_].view());
  for (std::int64_t n = 0; n < count; ++n) {
    const std::int64_t state = part.states[n];
    add_scaled(1, part.d_rows.row(n).data(), d_states.row(state).data(), width);
    add_scaled(1, part.d_rows.row(count + n).data(), d_vectors.row(wanted[state]).data(), width);
  }
  return sum;
}

std::int64_t feature_loss_bytes(std::int64_t width, std::int64_t foretold, int parts) {
  return 16 * foretold * (width + 16) + 16 * foretold + parts * neural::FullSoftmax::kLogitBytes;
}

}  // namespace genre
