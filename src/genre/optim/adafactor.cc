#include "genre/optim/adafactor.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace genre {

void AdafactorOptions::fields(config::Fields& f) {
  OptimizerOptions::fields(f);
  f.number("decay_exponent", decay_exponent, {.minimum = -1, .maximum = 0},
           "second moments decay by 1 - step^decay_exponent");
  f.number("smallest_scale", smallest_scale, {.minimum = 0},
           "least root mean square of a tensor, for the size of its steps");
  f.number("update_clip", update_clip, {.minimum = 0.01}, "largest root mean square of an update");
}

std::unique_ptr<Optimizer> AdafactorOptions::build() const { return std::make_unique<Adafactor>(*this); }

LearningRates AdafactorOptions::learning_rates(Training training) const {
  return training == Training::kFineTuning ? LearningRates{1e-3, 1e-5, 1e-1} : LearningRates{1e-2, 1e-4, 1e-1};
}

Adafactor::Adafactor(const AdafactorOptions& options)
    : decay_exponent_(options.decay_exponent),
      smallest_scale_(options.smallest_scale),
      update_clip_(options.update_clip) {}

int Adafactor::add(std::int64_t rows, std::int64_t cols) {
  tensors_.push_back({rows, cols, std::vector<float>(rows > 1 ? rows : 0), std::vector<float>(cols)});
  return static_cast<int>(tensors_.size()) - 1;
}

void Adafactor::update(int tensor, std::span<float> values, std::span<const float> gradient, const UpdateRule& rule) {
  Tensor& own = tensors_[tensor];
  const std::int64_t rows = own.rows, cols = own.cols;
  const auto t = static_cast<double>(step()), count = static_cast<double>(values.size());
  const double fresh = std::pow(t, decay_exponent_);
  constexpr double kTiny = std::numeric_limits<float>::epsilon();

  double squares = 0;
  for (const float w : values) squares += static_cast<double>(w) * w;
  const double step_size =
      std::max(smallest_scale_, std::sqrt(squares / count)) * std::min(rule.learning_rate, 1 / std::sqrt(t));

  std::vector<double> of_cols(cols);
  double mean_of_rows = 1;
  if (rows > 1) mean_of_rows = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    double of_row = 0;
    for (std::int64_t c = 0; c < cols; ++c) {
      const double g = gradient[r * cols + c];
      of_row += g * g;
      of_cols[c] += g * g;
    }
    if (rows == 1) continue;
    own.of_rows[r] += static_cast<float>(fresh * (of_row / static_cast<double>(cols) - own.of_rows[r]));
    mean_of_rows += own.of_rows[r] / static_cast<double>(rows);
  }
  for (std::int64_t c = 0; c < cols; ++c)
    own.of_cols[c] += static_cast<float>(fresh * (of_cols[c] / static_cast<double>(rows) - own.of_cols[c]));

  direction_.resize(values.size());
  const double scale = 1 / std::max(mean_of_rows, rows > 1 ? kTiny : 0);
  double of_direction = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    const double of_row = rows > 1 ? own.of_rows[r] * scale : 1;
    for (std::int64_t c = 0; c < cols; ++c) {
      const double u = gradient[r * cols + c] / std::sqrt(std::max(of_row * own.of_cols[c], kTiny * kTiny));
      direction_[r * cols + c] = static_cast<float>(u);
      of_direction += u * u;
    }
  }
  const auto rate = static_cast<float>(step_size / std::max(1.0, std::sqrt(of_direction / count) / update_clip_));
  const auto shrink = static_cast<float>(1 - rule.learning_rate * rule.weight_decay);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = values[i] * shrink - rate * direction_[i];
}

std::vector<Optimizer::State> Adafactor::states() {
  std::vector<State> out;
  for (std::size_t t = 0; t < tensors_.size(); ++t) {
    if (!tensors_[t].of_rows.empty()) out.push_back({"rows." + std::to_string(t), tensors_[t].of_rows});
    out.push_back({"columns." + std::to_string(t), tensors_[t].of_cols});
  }
  return out;
}

}  // namespace genre
