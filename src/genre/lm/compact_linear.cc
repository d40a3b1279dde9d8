#include "genre/lm/compact_linear.h"

namespace genre {

CompactLinear::CompactLinear(const std::vector<CompactWeight>& weights) {
  std::int64_t first = 0;
  for (const CompactWeight& weight : weights) {
    if (const auto* const factors = std::get_if<LowRankWeights>(&weight)) {
      parts_.push_back({Factors{PackedMatrix::pack(factors->right, /*transposed=*/true),
                                PackedMatrix::pack(factors->left, /*transposed=*/true)},
                        first});
      first += factors->left.rows();
    } else if (const auto* const two_four = std::get_if<nn::TwoFourWeights>(&weight)) {
      parts_.push_back({nn::SparseMatrix::pack(*two_four), first});
      first += two_four->rows;
    } else {
      const auto& blocks = std::get<nn::BlockWeights>(weight);
      parts_.push_back({nn::SparseMatrix::pack(blocks), first});
      first += blocks.rows;
    }
  }
}

std::size_t CompactLinear::bytes() const {
  std::size_t sum = 0;
  for (const Part& part : parts_) {
    const auto* const factors = std::get_if<Factors>(&part.weight);
    sum += factors == nullptr ? std::get<nn::SparseMatrix>(part.weight).bytes()
                              : factors->left.bytes() + factors->right.bytes();
  }
  return sum;
}

void CompactLinear::multiply(ConstMatrixView x, MatrixView y, const Epilogue& epilogue) const {
  for (const Part& part : parts_) {
    const Epilogue end{epilogue.bias == nullptr ? nullptr : epilogue.bias + part.first, epilogue.activation,
                       epilogue.residual == nullptr ? nullptr : epilogue.residual + part.first};
    float* const out = y.data() + part.first;
    if (const auto* const sparse = std::get_if<nn::SparseMatrix>(&part.weight)) {
      sparse->multiply(x.data(), x.rows(), x.cols(), out, y.cols(), end);
      continue;
    }
    const auto& [right, left] = std::get<Factors>(part.weight);
    Matrix narrow(x.rows(), right.cols());
    genre::multiply(x.data(), x.rows(), x.cols(), right, narrow.data(), narrow.cols());
    genre::multiply(narrow.data(), x.rows(), narrow.cols(), left, out, y.cols(), end);
  }
}

}  // namespace genre
