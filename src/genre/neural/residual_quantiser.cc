#include "genre/neural/residual_quantiser.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

#include "genre/neural/room.h"

namespace genre::neural {
namespace {

constexpr int kMeansRounds = 20;             // of k-means
constexpr std::int64_t kDistanceRows = 256;  // whose distances exist together

// Entries become rows that are drawn with a chance as their squared distance to the nearest entry before. Source:
// Arthur and Vassilvitskii, "k-means++: The Advantages of Careful Seeding" (2007).
void draw_entries(ConstMatrixView rows, RandomStream& random, Matrix& entries) {
  std::vector<double> distance(rows.rows(), std::numeric_limits<double>::infinity());
  auto drawn = static_cast<std::int64_t>(random.below(rows.rows()));
  for (std::int64_t c = 0; c < entries.rows(); ++c) {
    std::ranges::copy(rows.row(drawn), entries.row(c).data());
    double sum = 0;
    for (std::int64_t t = 0; t < rows.rows(); ++t) {
      double own = 0;
      for (std::int64_t d = 0; d < rows.cols(); ++d) {
        const double apart = double{rows.row(t)[d]} - entries.row(c)[d];
        own += apart * apart;
      }
      distance[t] = std::min(distance[t], own);
      sum += distance[t];
    }
    double at = random.uniform() * sum;
    drawn = 0;
    while (drawn + 1 < rows.rows() && (at -= distance[drawn]) >= 0) ++drawn;
  }
}

// Entries become the means of the rows that they stand for; those of none stay.
void move_to_means(ConstMatrixView rows, std::span<const std::int32_t> codes, Matrix& entries) {
  Matrix sums(entries.rows(), entries.cols());
  std::vector<std::int64_t> counts(entries.rows());
  for (std::int64_t t = 0; t < rows.rows(); ++t) {
    add_scaled(1, rows.row(t).data(), sums.row(codes[t]).data(), rows.cols());
    ++counts[codes[t]];
  }
  for (std::int64_t c = 0; c < entries.rows(); ++c)
    for (std::int64_t d = 0; counts[c] > 0 && d < entries.cols(); ++d)
      entries.row(c)[d] = sums.row(c)[d] / static_cast<float>(counts[c]);
}

}  // namespace

ResidualQuantiser::ResidualQuantiser(const ResidualQuantiserShape& shape, Parameters& parameters,
                                     const std::string& name)
    : shape_(shape), first_(parameters.size()), packed_(shape.levels), shift_(shape.levels) {
  for (int level = 0; level < shape.levels; ++level)
    parameters.add(name + "." + std::to_string(level), shape.codes, shape.width, /*decays=*/false);
}

void ResidualQuantiser::pack_level(int level, const Parameters& parameters) {
  const Matrix& entries = parameters.value(first_ + level);
  packed_[level].repack(entries, /*transposed=*/true);
  shift_[level].resize(shape_.codes);
  for (std::int64_t c = 0; c < shape_.codes; ++c)
    shift_[level][c] = -dot(entries.row(c).data(), entries.row(c).data(), shape_.width) / 2;
}

void ResidualQuantiser::pack(const Parameters& parameters) {
  for (int level = 0; level < shape_.levels; ++level) pack_level(level, parameters);
}

void ResidualQuantiser::nearest(int level, ConstMatrixView r, std::int32_t* codes, std::int64_t stride) const {
  std::vector<float> nearness(std::min(kDistanceRows, r.rows()) * shape_.codes);
  for (std::int64_t first = 0; first < r.rows(); first += kDistanceRows) {
    const std::int64_t rows = std::min(kDistanceRows, r.rows() - first);
    multiply_serial(r.row(first).data(), rows, r.cols(), packed_[level], nearness.data(), shape_.codes,
                    {.bias = shift_[level].data()});
    for (std::int64_t t = 0; t < rows; ++t) {
      const float* const row = nearness.data() + t * shape_.codes;
      codes[(first + t) * stride] = static_cast<std::int32_t>(std::max_element(row, row + shape_.codes) - row);
    }
  }
}

void ResidualQuantiser::start(ConstMatrixView z, Parameters& parameters, RandomStream& random) {
  assert(z.rows() >= shape_.codes && z.cols() == shape_.width);
  Matrix left(z.rows(), z.cols());
  copy_rows(z, left.view());
  std::vector<std::int32_t> codes(z.rows());
  for (int level = 0; level < shape_.levels; ++level) {
    Matrix& entries = parameters.value(first_ + level);
    draw_entries(left, random, entries);
    for (int round = 0; round <= kMeansRounds; ++round) {
      pack_level(level, parameters);
      nearest(level, left, codes.data(), 1);
      if (round < kMeansRounds) move_to_means(left, codes, entries);
    }
    for (std::int64_t t = 0; t < z.rows(); ++t)
      add_scaled(-1, entries.row(codes[t]).data(), left.row(t).data(), z.cols());
  }
}

std::int64_t ResidualQuantiser::restart_unused(ConstMatrixView z, Parameters& parameters, RandomStream& random) const {
  Pass pass;
  forward(parameters, z, pass);
  std::int64_t restarted = 0;
  for (int level = 0; level < shape_.levels; ++level) {
    std::vector<std::uint8_t> used(shape_.codes);
    for (std::int64_t t = 0; t < z.rows(); ++t) used[pass.codes[t * shape_.levels + level]] = 1;
    for (std::int64_t c = 0; c < shape_.codes; ++c) {
      if (used[c] != 0) continue;
      const auto row = static_cast<std::int64_t>(random.below(z.rows()));
      std::ranges::copy(level == 0 ? z.row(row) : std::as_const(pass.left[level - 1]).row(row),
                        parameters.value(first_ + level).row(c).data());
      ++restarted;
    }
  }
  return restarted;
}

void ResidualQuantiser::forward(const Parameters& parameters, ConstMatrixView z, Pass& pass) const {
  const std::int64_t rows = z.rows(), width = shape_.width, levels = shape_.levels;
  assert(z.cols() == width);
  pass.codes.resize(rows * levels);
  pass.left.resize(levels);
  const MatrixView quantised = room(pass.quantised, rows, width);
  std::fill_n(quantised.data(), rows * width, 0.0f);
  ConstMatrixView r = z;
  for (int level = 0; level < levels; ++level) {
    nearest(level, r, pass.codes.data() + level, levels);
    const MatrixView left = room(pass.left[level], rows, width);
    copy_rows(r, left);
    for (std::int64_t t = 0; t < rows; ++t) {
      const float* const entry = parameters.value(first_ + level).row(pass.codes[t * levels + level]).data();
      add_scaled(-1, entry, left.row(t).data(), width);
      add_scaled(1, entry, quantised.row(t).data(), width);
    }
    r = left;
  }
}

double ResidualQuantiser::loss(const Pass& pass, std::int64_t rows) const {
  double sum = 0;
  for (const Matrix& left : pass.left)
    for (std::int64_t t = 0; t < rows; ++t) sum += dot(left.row(t).data(), left.row(t).data(), shape_.width);
  return (1 + shape_.commitment) * sum;
}

void ResidualQuantiser::backward(const Pass& pass, float factor, MatrixView d_z, Gradients& gradients) const {
  const auto commitment = static_cast<float>(shape_.commitment);
  for (int level = 0; level < shape_.levels; ++level)
    for (std::int64_t t = 0; t < d_z.rows(); ++t) {
      const float* const left = pass.left[level].row(t).data();
      const std::int32_t code = pass.codes[t * shape_.levels + level];
      add_scaled(-2 * factor, left, gradients[first_ + level].row(code).data(), shape_.width);
      add_scaled(2 * factor * commitment, left, d_z.row(t).data(), shape_.width);
    }
}

}  // namespace genre::neural
