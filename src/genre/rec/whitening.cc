#include "genre/rec/whitening.h"

#include <algorithm>
#include <cmath>

#include "genre/base/thread_pool.h"
#include "genre/linalg/all_zeros.h"
#include "genre/linalg/gemm.h"
#include "genre/linalg/symmetric_eigen.h"

namespace genre {
namespace {

constexpr double kLeastShare = 1e-6;  // of the largest variance; below, a direction is noise of rounding

}  // namespace

Matrix Whitening::operator()(ConstMatrixView x) const {
  const std::int64_t width = std::ssize(mean);
  std::vector<float> shift(map.rows());
  for (std::int64_t p = 0; p < map.rows(); ++p) shift[p] = -dot(map.row(p).data(), mean.data(), width);
  Matrix out(x.rows(), map.rows());
  if (out.empty()) return out;
  multiply(x.data(), x.rows(), width, PackedMatrix::pack(map, /*transposed=*/true), out.data(), out.cols(),
           {.bias = shift.data()});
  for (std::int64_t i = 0; i < x.rows(); ++i)
    if (all_zeros(x.row(i))) std::ranges::fill(out.row(i), 0.0f);
  return out;
}

Whitening whiten(ConstMatrixView vectors, std::int64_t components) {
  const std::int64_t width = vectors.cols();
  std::vector<double> sum(width);
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < vectors.rows(); ++i) {
    if (all_zeros(vectors.row(i))) continue;
    ++count;
    for (std::int64_t d = 0; d < width; ++d) sum[d] += vectors.row(i)[d];
  }
  Whitening out;
  out.mean.resize(width);
  if (count < 2) return out;
  for (std::int64_t d = 0; d < width; ++d) out.mean[d] = static_cast<float>(sum[d] / static_cast<double>(count));

  Matrix centred(count, width);
  std::int64_t next = 0;
  for (std::int64_t i = 0; i < vectors.rows(); ++i) {
    if (all_zeros(vectors.row(i))) continue;
    const auto row = centred.row(next++);
    for (std::int64_t d = 0; d < width; ++d) row[d] = vectors.row(i)[d] - out.mean[d];
  }
  const PackedMatrix packed = PackedMatrix::pack(centred, /*transposed=*/false);
  Matrix products(width, width);
  global_pool().parallel_for(static_cast<std::size_t>(width), 16, [&](std::size_t begin, std::size_t end, int) {
    multiply_serial_transposed(centred.data() + begin, static_cast<std::int64_t>(end - begin), width, packed,
                               products.row(static_cast<std::int64_t>(begin)).data(), width);
  });
  std::vector<double> covariance(products.values().begin(), products.values().end());
  for (double& value : covariance) value /= static_cast<double>(count);
  const SymmetricEigen found = symmetric_eigen(std::move(covariance), width);

  const double least = kLeastShare * found.values.front();
  std::int64_t kept = 0;
  while (kept < std::min(components, width) && found.values[kept] > std::max(least, 1e-12)) ++kept;
  out.map = Matrix(kept, width);
  for (std::int64_t p = 0; p < kept; ++p) {
    const double scale = 1 / std::sqrt(found.values[p] * static_cast<double>(kept));
    for (std::int64_t d = 0; d < width; ++d)
      out.map.row(p)[d] = static_cast<float>(found.vectors[p * width + d] * scale);
  }
  return out;
}

}  // namespace genre
