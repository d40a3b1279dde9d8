#include "genre/lm/linear.h"

#include <cassert>
#include <string>
#include <utility>

#include "genre/base/error.h"

namespace genre {

EncoderPrecision encoder_precision(std::string_view name) {
  if (name == "fp32") return EncoderPrecision::kFp32;
  if (name == "bf16") return EncoderPrecision::kBf16;
  if (name == "int8") return EncoderPrecision::kInt8;
  throw Error(ErrorCode::kConfig, "precision is '" + std::string(name) + "', wanted fp32, bf16 or int8", "",
              {.key = "lm.precision"});
}

std::string_view encoder_kernel_name(EncoderPrecision precision) {
  switch (precision) {
    case EncoderPrecision::kBf16:
      return nn::bf16_kernel_name();
    case EncoderPrecision::kInt8:
      return nn::int8_kernel_name();
    case EncoderPrecision::kFp32:
      break;
  }
  return gemm_kernel_name();
}

Linear::Linear(ConstMatrixView weight, std::vector<float> bias, EncoderPrecision precision)
    : inputs_(weight.cols()), outputs_(weight.rows()), bias_(std::move(bias)) {
  assert(bias_.empty() || static_cast<std::int64_t>(bias_.size()) == outputs_);
  switch (precision) {
    case EncoderPrecision::kFp32:
      weight_ = PackedMatrix::pack(weight, /*transposed=*/true);
      break;
    case EncoderPrecision::kBf16:
      weight_ = nn::Bf16Matrix::pack(weight);
      break;
    case EncoderPrecision::kInt8:
      weight_ = nn::Int8Matrix::pack(weight);
      break;
  }
}

Linear::Linear(const std::vector<CompactWeight>& weights, std::int64_t outputs, std::int64_t inputs,
               std::vector<float> bias)
    : inputs_(inputs), outputs_(outputs), weight_(CompactLinear(weights)), bias_(std::move(bias)) {
  assert(bias_.empty() || static_cast<std::int64_t>(bias_.size()) == outputs_);
}

std::size_t Linear::bytes() const {
  return std::visit([](const auto& weight) { return weight.bytes(); }, weight_) + bias_.size() * sizeof(float);
}

void Linear::apply(ConstMatrixView x, MatrixView y, Activation activation, const float* residual) const {
  assert(x.cols() == inputs_ && y.cols() == outputs_ && x.rows() == y.rows());
  const Epilogue epilogue{bias_.empty() ? nullptr : bias_.data(), activation, residual};
  if (const auto* const packed = std::get_if<PackedMatrix>(&weight_))
    multiply(x.data(), x.rows(), x.cols(), *packed, y.data(), y.cols(), epilogue);
  else if (const auto* const halves = std::get_if<nn::Bf16Matrix>(&weight_))
    halves->multiply(x, y, epilogue);
  else if (const auto* const bytes = std::get_if<nn::Int8Matrix>(&weight_))
    bytes->multiply(x, y, epilogue);
  else
    std::get<CompactLinear>(weight_).multiply(x, y, epilogue);
}

}  // namespace genre
