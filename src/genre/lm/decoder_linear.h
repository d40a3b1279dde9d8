// A product with a weight of a decoder, in the precision that the decoder was loaded with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "genre/linalg/gemm.h"
#include "genre/lm/lora.h"
#include "genre/lm/tensor_source.h"
#include "genre/nn/quantised_matrix.h"

namespace genre {

enum class DecoderPrecision {
  kFp32,    // weights dequantised to float: the reference
  kNative,  // integer products in the blocks of the file; floats become 8-bit blocks
};

// Weights that share their input, one below the other: y = x W^T + b. Immutable, so shareable between threads.
class DecoderLinear {
 public:
  struct Part {
    std::string name;  // of the tensors, without ".weight" and ".bias"
    std::int64_t outputs;
    // Rows are those of heads of this size whose rotary pairs adjoin (GGUF's llama), and become half-split. 0: no.
    std::int64_t interleaved_head = 0;
    std::string module = {};  // name for adapters
  };
  struct Form {
    DecoderPrecision precision = DecoderPrecision::kFp32;
    bool bias = false;
    bool input_major = false;              // the file holds W^T (GPT-2 of Hugging Face)
    const LoraAdapter* adapter = nullptr;  // merged into the weights
  };

  DecoderLinear() = default;
  // A weight that an adapter changes, or that is input-major, becomes 8-bit blocks under kNative. Throws Error(kData)
  // for a tensor that is missing, of another shape, or holds a value that is not finite, and under kNative for inputs
  // that are no multiple of 32.
  DecoderLinear(const TensorSource& source, const std::vector<Part>& parts, std::int64_t inputs, const Form& form);

  std::int64_t outputs() const { return outputs_; }
  std::size_t bytes() const;

  // x is T x K and y T x N, with row strides; y is apart from x. Uses the global pool.
  void apply(const float* x, std::int64_t t, std::int64_t ldx, float* y, std::int64_t ldy) const;
  // y += x W^T + b.
  void add(const float* x, std::int64_t t, std::int64_t ldx, float* y, std::int64_t ldy) const;

 private:
  struct Blocks {
    nn::QuantisedMatrix weight;
    std::int64_t first;  // of its outputs
  };
  void pack_blocks(const TensorSource& source, const std::vector<Part>& parts, std::int64_t inputs, const Form& form);

  PackedMatrix packed_;         // kFp32
  std::vector<Blocks> blocks_;  // kNative: adjoining parts of one format are one
  std::vector<float> bias_;
  std::int64_t outputs_ = 0;
};

}  // namespace genre
