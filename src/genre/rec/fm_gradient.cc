#include "genre/rec/fm_gradient.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "genre/linalg/gemm.h"

namespace genre {
namespace {

Matrix gather(ConstMatrixView from, std::span<const std::int32_t> rows) {
  Matrix out(static_cast<std::int64_t>(rows.size()), from.cols());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto row = from.row(rows[r]);
    std::copy(row.begin(), row.end(), out.row(static_cast<std::int64_t>(r)).begin());
  }
  return out;
}

Matrix transposed(const Matrix& from) {
  Matrix out(from.cols(), from.rows());
  for (std::int64_t r = 0; r < from.rows(); ++r)
    for (std::int64_t c = 0; c < from.cols(); ++c) out.row(c)[r] = from.row(r)[c];
  return out;
}

float square(std::span<const float> v) { return dot(v.data(), v.data(), static_cast<std::int64_t>(v.size())); }

double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

FmItems fm_items(const FmParameters& parameters, const FmInputs& inputs, std::span<const std::int32_t> items) {
  const auto count = static_cast<std::int64_t>(items.size());
  const std::int64_t width = parameters.items.factors.cols(), dense = inputs.vectors.cols();
  FmItems out{Matrix(count, width), std::vector<float>(count)};
  std::vector<float> squares(dense);
  for (std::int64_t k = 0; k < dense; ++k) squares[k] = square(parameters.vectors.factors.row(k));
  if (dense > 0) {
    const Matrix rows = gather(inputs.vectors, items);
    multiply(rows.data(), count, dense, PackedMatrix::pack(parameters.vectors.factors, /*transposed=*/false),
             out.factors.data(), width);
  }
  for (std::int64_t n = 0; n < count; ++n) {
    const std::int32_t item = items[n];
    float* const q = out.factors.row(n).data();
    add_scaled(1, parameters.items.factors.row(item).data(), q, width);
    float linear = parameters.items.weights[item], own = square(parameters.items.factors.row(item));
    for (std::int64_t k = 0; k < dense; ++k) {
      const float x = inputs.vectors.row(item)[k];
      linear += parameters.vectors.weights[k] * x;
      own += squares[k] * x * x;
    }
    if (inputs.features != nullptr) {
      const auto features = inputs.features->row_indices(item);
      const auto values = inputs.features->row_values(item);
      for (std::size_t f = 0; f < features.size(); ++f) {
        const auto factor = parameters.features.factors.row(features[f]);
        add_scaled(values[f], factor.data(), q, width);
        linear += parameters.features.weights[features[f]] * values[f];
        own += square(factor) * values[f] * values[f];
      }
    }
    out.biases[n] = linear + 0.5f * (dot(q, q, width) - own);
  }
  return out;
}

FmBatchGradient fm_gradient(const FmParameters& parameters, const FmInputs& inputs, std::span<const FmPair> pairs,
                            FmLoss loss) {
  const auto count = static_cast<std::int64_t>(pairs.size());
  const std::int64_t width = parameters.users.cols(), dense = inputs.vectors.cols();
  FmBatchGradient out;
  for (const FmPair& pair : pairs) {
    out.items.push_back(pair.positive);
    out.items.push_back(pair.negative);
  }
  const FmItems items = fm_items(parameters, inputs, out.items);
  out.users = Matrix(count, width);
  out.common = Matrix(2 * count, width);
  out.slopes.resize(2 * count);
  for (std::int64_t n = 0; n < count; ++n) {
    const float* const p = parameters.users.row(pairs[n].user).data();
    float score[2];
    for (int side = 0; side < 2; ++side)
      score[side] = dot(p, items.factors.row(2 * n + side).data(), width) + items.biases[2 * n + side];
    if (loss == FmLoss::kBpr) {
      const float x = score[0] - score[1];
      out.loss += softplus(-x);
      out.slopes[2 * n] = -sigmoid(-x);
      out.slopes[2 * n + 1] = sigmoid(-x);
    } else {
      out.loss += softplus(-score[0]) + softplus(score[1]);
      out.slopes[2 * n] = -sigmoid(-score[0]);
      out.slopes[2 * n + 1] = sigmoid(score[1]);
    }
    for (std::int64_t side = 2 * n; side < 2 * n + 2; ++side) {
      const float* const q = items.factors.row(side).data();
      add_scaled(out.slopes[side], q, out.users.row(n).data(), width);
      add_scaled(out.slopes[side], p, out.common.row(side).data(), width);
      add_scaled(out.slopes[side], q, out.common.row(side).data(), width);
    }
  }
  if (dense == 0) return out;
  const Matrix rows = transposed(gather(inputs.vectors, out.items));  // K x 2 B
  out.vectors = {Matrix(dense, width), std::vector<float>(dense)};
  multiply(rows.data(), dense, 2 * count, PackedMatrix::pack(out.common, /*transposed=*/false),
           out.vectors.factors.data(), width);
  for (std::int64_t k = 0; k < dense; ++k) {
    const auto x = std::as_const(rows).row(k);
    double first = 0, second = 0;
    for (std::int64_t n = 0; n < 2 * count; ++n) {
      first += out.slopes[n] * x[n];
      second += out.slopes[n] * x[n] * x[n];
    }
    out.vectors.weights[k] = static_cast<float>(first);
    add_scaled(-static_cast<float>(second), parameters.vectors.factors.row(k).data(), out.vectors.factors.row(k).data(),
               width);
  }
  return out;
}

}  // namespace genre
