#include "genre/lm/compact_weight.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

#include "genre/base/error.h"
#include "genre/linalg/gemm.h"
#include "genre/linalg/symmetric_eigen.h"

namespace genre {
namespace {

[[noreturn]] void refuse(const TensorSource& source, const std::string& fault) {
  throw Error(ErrorCode::kData, fault, "make the model again with `genre lm prune`", {.file = source.path().string()});
}

template <class T>
std::vector<T> integers(const TensorSource& source, const std::string& name, DType dtype) {
  const StoredIntegers* const found = source.integers(name);
  if (found == nullptr || found->dtype != dtype)
    refuse(source, "no tensor '" + name + "' of " + std::string(dtype_name(dtype)));
  std::vector<T> out(found->bytes.size() / sizeof(T));
  std::memcpy(out.data(), found->bytes.data(), found->bytes.size());
  return out;
}

std::vector<float> floats(const TensorSource& source, const std::string& name, std::int64_t rows, std::int64_t cols) {
  const Matrix values = source.matrix(name, rows, cols);
  return {values.values().begin(), values.values().end()};
}

LowRankWeights read_factors(const TensorSource& source, const std::string& weight, std::int64_t rows,
                            std::int64_t cols) {
  const auto shape = source.at(weight + "_left").shape;
  if (shape.size() != 2 || shape[1] < 1) refuse(source, "tensor '" + weight + "_left' has no rank");
  return {source.matrix(weight + "_left", rows, shape[1]), source.matrix(weight + "_right", shape[1], cols)};
}

nn::TwoFourWeights read_two_four(const TensorSource& source, const std::string& weight, std::int64_t rows,
                                 std::int64_t cols) {
  return {rows, cols, floats(source, weight + "_values", rows, cols / 2),
          integers<std::uint8_t>(source, weight + "_places", DType::kU8)};
}

nn::BlockWeights read_blocks(const TensorSource& source, const std::string& weight, std::int64_t rows,
                             std::int64_t cols) {
  nn::BlockWeights out{rows,
                       cols,
                       {},
                       integers<std::int32_t>(source, weight + "_block_columns", DType::kI32),
                       integers<std::int32_t>(source, weight + "_block_starts", DType::kI32)};
  constexpr std::int64_t kSide = nn::BlockWeights::kSide;
  const StoredTensor blocks = source.at(weight + "_blocks", {std::ssize(out.columns), kSide, kSide});
  if (blocks.format != BlockFormat::kF32) refuse(source, "tensor '" + weight + "_blocks' is not F32");
  out.values.resize(out.columns.size() * kSide * kSide);
  std::memcpy(out.values.data(), blocks.bytes.data(), blocks.bytes.size());
  if (!std::ranges::all_of(out.values, [](float v) { return std::isfinite(v); }))
    refuse(source, "tensor '" + weight + "_blocks' holds a value that is not finite");
  return out;
}

template <class Weights>
Weights checked(const TensorSource& source, const std::string& weight, Weights weights) {
  if (!nn::well_formed(weights))
    refuse(source, "the places of '" + weight + "' do not fit " + std::to_string(weights.rows) + " x " +
                       std::to_string(weights.cols) + " weights");
  return weights;
}

}  // namespace

std::optional<CompactWeight> read_compact(const TensorSource& source, const std::string& weight, std::int64_t rows,
                                          std::int64_t cols) {
  if (source.has(weight + "_left")) return read_factors(source, weight, rows, cols);
  if (source.has(weight + "_values")) return checked(source, weight, read_two_four(source, weight, rows, cols));
  if (source.has(weight + "_blocks")) return checked(source, weight, read_blocks(source, weight, rows, cols));
  return std::nullopt;
}

LowRankWeights low_rank(ConstMatrixView weight, std::int64_t rank, std::span<const float> input_scale) {
  const std::int64_t rows = weight.rows(), cols = weight.cols(), side = std::min(rows, cols);
  assert(rank >= 1 && rank <= side && (input_scale.empty() || std::ssize(input_scale) == cols));
  // An input that is always zero may have any weight; its scale must not be zero, since it is divided by.
  float most = 0;
  for (const float v : input_scale) most = std::max(most, v);
  std::vector<float> scale(cols, 1.0F);
  for (std::int64_t k = 0; k < std::ssize(input_scale) && most > 0; ++k)
    scale[k] = std::max(input_scale[k], 1e-4F * most);
  Matrix scaled(rows, cols);
  for (std::int64_t n = 0; n < rows; ++n)
    for (std::int64_t k = 0; k < cols; ++k) scaled.row(n)[k] = weight.row(n)[k] * scale[k];

  // Products of the smaller side's vectors with each other, and their eigenvectors.
  const bool of_rows = rows <= cols;
  std::vector<double> gram(side * side);
  for (std::int64_t i = 0; i < (of_rows ? cols : rows); ++i)
    for (std::int64_t a = 0; a < side; ++a) {
      const double x = of_rows ? scaled.row(a)[i] : scaled.row(i)[a];
      for (std::int64_t b = 0; b <= a; ++b) gram[a * side + b] += x * (of_rows ? scaled.row(b)[i] : scaled.row(i)[b]);
    }
  for (std::int64_t a = 0; a < side; ++a)
    for (std::int64_t b = 0; b < a; ++b) gram[b * side + a] = gram[a * side + b];
  const SymmetricEigen eigen = symmetric_eigen(std::move(gram), side);
  Matrix vectors(rank, side);
  for (std::int64_t r = 0; r < rank; ++r)
    for (std::int64_t i = 0; i < side; ++i) vectors.row(r)[i] = static_cast<float>(eigen.vectors[r * side + i]);

  LowRankWeights out{Matrix(rows, rank), Matrix(rank, cols)};
  if (of_rows) {  // U U^T W
    for (std::int64_t n = 0; n < rows; ++n)
      for (std::int64_t r = 0; r < rank; ++r) out.left.row(n)[r] = vectors.row(r)[n];
    multiply(vectors.data(), rank, rows, PackedMatrix::pack(weight, /*transposed=*/false), out.right.data(), cols);
  } else {  // W D V V^T D^-1
    out.left = multiply_transposed(scaled, vectors);
    for (std::int64_t r = 0; r < rank; ++r)
      for (std::int64_t k = 0; k < cols; ++k) out.right.row(r)[k] = vectors.row(r)[k] / scale[k];
  }
  return out;
}

Matrix dense(const CompactWeight& weight) {
  if (const auto* const factors = std::get_if<LowRankWeights>(&weight)) {
    Matrix out(factors->left.rows(), factors->right.cols());
    multiply(factors->left.data(), out.rows(), factors->left.cols(),
             PackedMatrix::pack(factors->right, /*transposed=*/false), out.data(), out.cols());
    return out;
  }
  if (const auto* const two_four = std::get_if<nn::TwoFourWeights>(&weight)) return nn::dense(*two_four);
  return nn::dense(std::get<nn::BlockWeights>(weight));
}

}  // namespace genre
