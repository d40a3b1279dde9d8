// Tensors of a checkpoint as the layers want them: checked by name, shape and value, repacked for products.
#pragma once

#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "genre/lm/linear.h"
#include "genre/lm/tensor_source.h"

namespace genre {

struct LayerNormWeights {
  std::vector<float> gain, shift;  // empty: no norm here
};

// All functions throw Error(kData) for a tensor that is missing (with the nearest name), of another shape, or holds a
// value that is not finite.
class WeightReader {
 public:
  // `prefix` goes before every name.
  WeightReader(const TensorSource& source, std::string prefix, EncoderPrecision precision)
      : source_(source), prefix_(std::move(prefix)), precision_(precision) {}

  bool has(std::string_view name) const { return source_.has(prefix_ + std::string(name)); }

  // R x C. The view stays valid as long as the source and `kept`, where other types than F32
  // land.
  ConstMatrixView matrix(const std::string& name, std::int64_t rows, std::int64_t cols, std::deque<Matrix>& kept) const;
  std::vector<float> vector(const std::string& name, std::int64_t size) const;

  // NAME.weight (outputs x inputs each) and, where `bias`, NAME.bias. Products that share their input lie one below the
  // other. In fp32 weights that lie in a compact form (compact_weight.h) stay so, if all of them do; elsewhere they are
  // made whole.
  enum class Bias { kNone, kRead };
  Linear linear(std::initializer_list<std::string> names, std::int64_t outputs, std::int64_t inputs, Bias bias) const;
  // NAME.weight and NAME.bias, or gamma and beta as the first checkpoints of BERT call them; without bias the shift is
  // 0.
  LayerNormWeights norm(const std::string& name, std::int64_t size, Bias bias) const;

 private:
  const TensorSource& source_;
  std::string prefix_;
  EncoderPrecision precision_;
};

}  // namespace genre
