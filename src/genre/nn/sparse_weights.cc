#include "genre/nn/sparse_weights.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numeric>

namespace genre::nn {
namespace {

constexpr std::int64_t kGroup = 4, kKept = 2;  // 2:4
constexpr std::int64_t kSide = BlockWeights::kSide;

double scale_of(std::span<const float> scale, std::int64_t input) { return scale.empty() ? 1 : scale[input]; }

int place_of(const TwoFourWeights& weights, std::int64_t value) {
  return weights.places[value / 4] >> value % 4 * 2 & 3;
}

}  // namespace

TwoFourWeights keep_two_of_four(ConstMatrixView weight, std::span<const float> input_scale) {
  TwoFourWeights out{weight.rows(), weight.cols(), {}, {}};
  assert(out.cols % (2 * kGroup) == 0 && (input_scale.empty() || std::ssize(input_scale) == out.cols));
  out.values.reserve(out.rows * out.cols / 2);
  out.places.resize(out.rows * out.cols / 8);
  for (std::int64_t n = 0; n < out.rows; ++n)
    for (std::int64_t k = 0; k < out.cols; k += kGroup) {
      std::array<int, kGroup> order = {0, 1, 2, 3};
      std::ranges::stable_sort(order, [&](int a, int b) {
        return std::abs(weight.row(n)[k + a]) * scale_of(input_scale, k + a) >
               std::abs(weight.row(n)[k + b]) * scale_of(input_scale, k + b);
      });
      std::ranges::sort(order.begin(), order.begin() + kKept);
      for (int i = 0; i < kKept; ++i) {
        const auto value = std::ssize(out.values);
        out.places[value / 4] = static_cast<std::uint8_t>(out.places[value / 4] | order[i] << value % 4 * 2);
        out.values.push_back(weight.row(n)[k + order[i]]);
      }
    }
  return out;
}

BlockWeights keep_blocks(ConstMatrixView weight, double density, std::span<const float> input_scale) {
  BlockWeights out{weight.rows(), weight.cols(), {}, {}, {}};
  assert(out.rows % kSide == 0 && out.cols % kSide == 0 && density > 0 && density <= 1);
  const std::int64_t across = out.cols / kSide, blocks = out.rows / kSide * across;
  std::vector<double> sizes(blocks);
  for (std::int64_t n = 0; n < out.rows; ++n)
    for (std::int64_t k = 0; k < out.cols; ++k) {
      const double size = weight.row(n)[k] * scale_of(input_scale, k);
      sizes[n / kSide * across + k / kSide] += size * size;
    }
  std::vector<std::int32_t> order(blocks);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](std::int32_t a, std::int32_t b) { return sizes[a] > sizes[b]; });
  order.resize(std::clamp<std::int64_t>(std::llround(density * static_cast<double>(blocks)), 1, blocks));
  std::ranges::sort(order);
  out.starts.resize(out.rows / kSide + 1);
  for (const std::int32_t block : order) {
    const std::int64_t n = block / across * kSide, k = block % across * kSide;
    ++out.starts[block / across + 1];
    out.columns.push_back(static_cast<std::int32_t>(block % across));
    for (std::int64_t i = 0; i < kSide; ++i)
      for (std::int64_t j = 0; j < kSide; ++j) out.values.push_back(weight.row(n + i)[k + j]);
  }
  std::partial_sum(out.starts.begin(), out.starts.end(), out.starts.begin());
  return out;
}

Matrix dense(const TwoFourWeights& weights) {
  Matrix out(weights.rows, weights.cols);
  for (std::int64_t i = 0; i < std::ssize(weights.values); ++i) {
    const std::int64_t half = weights.cols / 2, row = i / half, group = i % half / kKept * kGroup;
    out.row(row)[group + place_of(weights, i)] = weights.values[i];
  }
  return out;
}

Matrix dense(const BlockWeights& weights) {
  Matrix out(weights.rows, weights.cols);
  for (std::int64_t r = 0; r + 1 < std::ssize(weights.starts); ++r)
    for (std::int64_t b = weights.starts[r]; b < weights.starts[r + 1]; ++b)
      for (std::int64_t i = 0; i < kSide; ++i)
        std::copy_n(weights.values.data() + (b * kSide + i) * kSide, kSide,
                    out.row(r * kSide + i).data() + weights.columns[b] * kSide);
  return out;
}

bool well_formed(const TwoFourWeights& weights) {
  if (weights.rows < 0 || weights.cols < 0 || weights.cols % (2 * kGroup) != 0) return false;
  if (std::ssize(weights.values) != weights.rows * weights.cols / 2 ||
      std::ssize(weights.places) != weights.rows * weights.cols / 8)
    return false;
  return std::ranges::all_of(weights.places, [](std::uint8_t places) {
    return (places & 3) < (places >> 2 & 3) && (places >> 4 & 3) < (places >> 6 & 3);
  });
}

bool well_formed(const BlockWeights& weights) {
  if (weights.rows < 0 || weights.cols < 0 || weights.rows % kSide != 0 || weights.cols % kSide != 0) return false;
  const auto blocks = std::ssize(weights.columns);
  if (std::ssize(weights.values) != blocks * kSide * kSide || std::ssize(weights.starts) != weights.rows / kSide + 1)
    return false;
  if (weights.starts.front() != 0 || weights.starts.back() != blocks || !std::ranges::is_sorted(weights.starts))
    return false;
  for (std::size_t r = 0; r + 1 < weights.starts.size(); ++r)
    for (std::int32_t b = weights.starts[r]; b < weights.starts[r + 1]; ++b)
      if (weights.columns[b] < 0 || weights.columns[b] >= weights.cols / kSide ||
          (b > weights.starts[r] && weights.columns[b] <= weights.columns[b - 1]))
        return false;
  return true;
}

}  // namespace genre::nn
