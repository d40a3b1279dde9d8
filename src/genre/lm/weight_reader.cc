#include "genre/lm/weight_reader.h"

#include <bit>

#include "genre/base/error.h"

namespace genre {
namespace {

bool all_finite(std::span<const float> values) {
  std::uint32_t worst = 0;  // NaN and infinities have the largest exponent
  for (const float v : values) worst = std::max(worst, std::bit_cast<std::uint32_t>(v) & 0x7FFFFFFFu);
  return worst < 0x7F800000u;
}

}  // namespace

ConstMatrixView WeightReader::matrix(const std::string& name, std::int64_t rows, std::int64_t cols,
                                     std::deque<Matrix>& kept) const {
  const std::string full = prefix_ + name;
  const StoredTensor tensor = source_.at(full, {rows, cols});
  const auto* const bytes = tensor.bytes.data();
  if (tensor.format != BlockFormat::kF32 || reinterpret_cast<std::uintptr_t>(bytes) % alignof(float) != 0)
    return kept.emplace_back(source_.matrix(full, rows, cols)).view();
  const ConstMatrixView view(reinterpret_cast<const float*>(bytes), rows, cols);
  if (!all_finite({view.data(), static_cast<std::size_t>(rows * cols)}))
    throw Error(ErrorCode::kData, "tensor '" + full + "' holds a value that is not finite", "fetch the model again",
                {.file = source_.path().string()});
  return view;
}

std::vector<float> WeightReader::vector(const std::string& name, std::int64_t size) const {
  return source_.vector(prefix_ + name, size);
}

Linear WeightReader::linear(std::initializer_list<std::string> names, std::int64_t outputs, std::int64_t inputs,
                            Bias bias) const {
  Matrix stacked(static_cast<std::int64_t>(names.size()) * outputs, inputs);
  std::vector<float> biases;
  float* to = stacked.data();
  for (const auto& name : names) {
    std::deque<Matrix> kept;
    const ConstMatrixView weight = matrix(name + ".weight", outputs, inputs, kept);
    to = std::copy_n(weight.data(), outputs * inputs, to);
    if (bias == Bias::kNone) continue;
    const auto values = vector(name + ".bias", outputs);
    biases.insert(biases.end(), values.begin(), values.end());
  }
  return {stacked, std::move(biases), precision_};
}

LayerNormWeights WeightReader::norm(const std::string& name, std::int64_t size, Bias bias) const {
  const bool old = !has(name + ".weight") && has(name + ".gamma");
  LayerNormWeights out{vector(name + (old ? ".gamma" : ".weight"), size), std::vector<float>(size)};
  if (bias == Bias::kRead) out.shift = vector(name + (old ? ".beta" : ".bias"), size);
  return out;
}

}  // namespace genre
