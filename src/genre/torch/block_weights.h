// Matrices that stay as they are and lie in blocks of few bits (nn/blocks.h), made whole where a product reads them.
// Source of the idea: Dettmers et al., "QLoRA: Efficient Finetuning of Quantized LLMs" (2023), with the formats of
// GGUF.
#pragma once

#include <torch/types.h>

#include "genre/base/gguf.h"
#include "genre/torch/parameters.h"

namespace genre::trainer {

// R x C fp32, C whole blocks, to R x bytes of a row (uint8), and back. Use the global pool.
torch::Tensor to_blocks(const torch::Tensor& values, BlockFormat format);
torch::Tensor from_blocks(const torch::Tensor& blocks, BlockFormat format, std::int64_t columns);

// x W^T + b, or x W + b where `layout` says so, b being undefined for none. Of a weight in blocks the graph keeps the
// blocks and no whole copy: it is made whole once for the product, and again for the gradient of x.
enum class Layout { kOutputsByInputs, kInputsByOutputs };
torch::Tensor weight_product(const Parameters& parameters, const std::string& weight, const torch::Tensor& x,
                             const torch::Tensor& bias = {}, Layout layout = Layout::kOutputsByInputs);

}  // namespace genre::trainer
