#include "genre/lm/weight_reader.h"

#include <algorithm>
#include <bit>
#include <optional>

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
  std::vector<float> biases;
  std::vector<std::optional<CompactWeight>> compact;
  for (const auto& name : names) {
    compact.push_back(read_compact(source_, prefix_ + name + ".weight", outputs, inputs));
    if (bias == Bias::kNone) continue;
    const auto values = vector(name + ".bias", outputs);
    biases.insert(biases.end(), values.begin(), values.end());
  }
  const std::int64_t stacked_outputs = static_cast<std::int64_t>(names.size()) * outputs;
  if (precision_ == EncoderPrecision::kFp32 &&
      std::ranges::all_of(compact, [](const auto& c) { return c.has_value(); })) {
    std::vector<CompactWeight> weights;
    for (auto& weight : compact) weights.push_back(std::move(*weight));
    return {weights, stacked_outputs, inputs, std::move(biases)};
  }
  Matrix stacked(stacked_outputs, inputs);
  float* to = stacked.data();
  auto form = compact.begin();
  for (const auto& name : names) {
    std::deque<Matrix> kept;
    const ConstMatrixView weight =
        *form ? kept.emplace_back(dense(**form)).view() : matrix(name + ".weight", outputs, inputs, kept);
    to = std::copy_n(weight.data(), outputs * inputs, to);
    ++form;
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
