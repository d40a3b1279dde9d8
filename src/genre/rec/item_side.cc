#include "genre/rec/item_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/linalg/gemm.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

std::vector<double> column_products(const Matrix& a, const Matrix& b) {
  std::vector<double> out(a.cols(), 0.0);
  for (std::int64_t r = 0; r < a.rows(); ++r)
    for (std::int64_t c = 0; c < a.cols(); ++c) out[c] += static_cast<double>(a.row(r)[c]) * b.row(r)[c];
  return out;
}

}  // namespace

SideUse parse_side(const std::string& side) {
  if (side == "vectors") return SideUse::kVectors;
  return side == "features" ? SideUse::kFeatures : SideUse::kBoth;
}

ItemSide::ItemSide(std::string_view model, const TrainingData& data, SideUse use) : items_(data.interactions.cols) {
  if (use != SideUse::kFeatures) {
    require_item_vectors(model, data);
    vectors_ = data.item_vectors;
    transposed_ = Matrix(vectors_.cols(), vectors_.rows());
    for (std::int64_t i = 0; i < items_; ++i)
      for (std::int64_t d = 0; d < vectors_.cols(); ++d) transposed_.row(d)[i] = vectors_.row(i)[d];
  }
  if (use == SideUse::kVectors) return;
  const bool there = data.item_features != nullptr && data.item_features->nonzeros() > 0;
  if (!there && use == SideUse::kFeatures)
    throw Error(ErrorCode::kData, fmt::format("{} needs fields of the items, and there are none", model),
                "name columns in [[data.items]], or choose side = \"vectors\"");
  if (!there) return;
  if (data.item_features->rows != items_)
    throw Error(ErrorCode::kData, fmt::format("{} wants one row of features an item: {} items, found {} rows", model,
                                              items_, data.item_features->rows));
  features_ = data.item_features;
  by_feature_ = transpose(*features_);
}

void ItemSide::project(ConstMatrixView weights, MatrixView out) const {
  assert(weights.rows() == width() && out.rows() == items_ && out.cols() == weights.cols());
  const std::int64_t columns = weights.cols(), dense = vectors_.cols();
  std::fill_n(out.data(), items_ * columns, 0.0f);
  if (dense > 0)
    multiply(vectors_.data(), items_, dense,
             PackedMatrix::pack({weights.data() + columns, dense, columns}, /*transposed=*/false), out.data(), columns);
  global_pool().parallel_for(items_, 64, [&](std::size_t begin, std::size_t end, int) {
    for (auto i = static_cast<std::int64_t>(begin); i < static_cast<std::int64_t>(end); ++i) {
      float* const to = out.row(i).data();
      add_scaled(1, weights.row(0).data(), to, columns);
      if (features_ == nullptr) continue;
      for (std::size_t n = 0; n < features_->row_indices(i).size(); ++n)
        add_scaled(features_->row_values(i)[n], weights.row(1 + dense + features_->row_indices(i)[n]).data(), to,
                   columns);
    }
  });
}

void ItemSide::adjoint(ConstMatrixView values, MatrixView out) const {
  assert(values.rows() == items_ && out.rows() == width() && out.cols() == values.cols());
  const std::int64_t columns = values.cols(), dense = vectors_.cols();
  std::vector<double> sums(columns, 0.0);
  for (std::int64_t i = 0; i < items_; ++i)
    for (std::int64_t c = 0; c < columns; ++c) sums[c] += values.row(i)[c];
  std::copy(sums.begin(), sums.end(), out.row(0).begin());
  if (dense > 0)
    multiply(transposed_.data(), dense, items_, PackedMatrix::pack(values, /*transposed=*/false), out.data() + columns,
             columns);
  global_pool().parallel_for(features(), 16, [&](std::size_t begin, std::size_t end, int) {
    for (auto f = static_cast<std::int64_t>(begin); f < static_cast<std::int64_t>(end); ++f)
      sum_rows(values, by_feature_.row_indices(f), by_feature_.row_values(f), out.row(1 + dense + f));
  });
}

void regress_on_side(const ItemSide& side, std::span<const std::uint8_t> known, ConstMatrixView values, double l2,
                     int steps, Matrix& weights) {
  const std::int64_t columns = values.cols(), width = side.width();
  const auto ridge = static_cast<float>(l2);
  Matrix at_items(side.items(), columns), residual(width, columns), image(width, columns);
  const auto forget_unknown = [&] {
    for (std::int64_t i = 0; i < side.items(); ++i)
      if (known[i] == 0) std::fill_n(at_items.row(i).data(), columns, 0.0f);
  };
  side.project(weights, at_items.view());
  for (std::int64_t n = 0; n < side.items() * columns; ++n) at_items.data()[n] = values.data()[n] - at_items.data()[n];
  forget_unknown();
  side.adjoint(at_items, residual.view());
  for (std::int64_t n = 0; n < width * columns; ++n) residual.data()[n] -= ridge * weights.data()[n];
  Matrix direction = residual;
  std::vector<double> squares = column_products(residual, residual);
  for (int step = 0; step < steps; ++step) {
    side.project(direction, at_items.view());
    forget_unknown();
    side.adjoint(at_items, image.view());
    for (std::int64_t n = 0; n < width * columns; ++n) image.data()[n] += ridge * direction.data()[n];
    const std::vector<double> curvature = column_products(direction, image);
    std::vector<float> length(columns);
    for (std::int64_t c = 0; c < columns; ++c)
      length[c] = curvature[c] > 0 ? static_cast<float>(squares[c] / curvature[c]) : 0.0f;
    for (std::int64_t r = 0; r < width; ++r) {
      for (std::int64_t c = 0; c < columns; ++c) {
        weights.row(r)[c] += length[c] * direction.row(r)[c];
        residual.row(r)[c] -= length[c] * image.row(r)[c];
      }
    }
    const std::vector<double> next = column_products(residual, residual);
    for (std::int64_t r = 0; r < width; ++r)
      for (std::int64_t c = 0; c < columns; ++c)
        direction.row(r)[c] = residual.row(r)[c] +
                              (squares[c] > 0 ? static_cast<float>(next[c] / squares[c]) : 0.0f) * direction.row(r)[c];
    squares = next;
  }
}

}  // namespace genre
