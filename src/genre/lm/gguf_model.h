// A model as GGUF lays it out, whatever file it comes from; what converting and quantising share.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "genre/base/gguf_writer.h"
#include "genre/lm/gguf_names.h"
#include "genre/lm/tensor_source.h"

namespace genre {

// A tensor by its GGUF name: a view of the source, or of bytes of its own.
struct GgufModelTensor {
  std::string name;
  BlockFormat format = BlockFormat::kF32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
  std::vector<std::byte> owned;
};

struct GgufModel {
  std::unique_ptr<TensorSource> source;  // keeps the views alive
  std::string architecture;
  GgufWriter metadata;  // and no tensors
  std::vector<GgufModelTensor> tensors;
};

// A GGUF file as it is, or a folder with names, the order of query and key rows, and metadata turned into those of
// GGUF: vectors and position tables become F32, Conv1D weights of gpt2 are transposed. Throws Error(kNotFound) or
// Error(kData).
GgufModel read_gguf_model(const std::filesystem::path& path);

// Rows of a llama query or key weight (heads x size rows) between half-split pairs, as Hugging Face has them, and
// interleaved ones, as GGUF has them.
enum class PairOrder { kToInterleaved, kToHalves };
std::vector<std::byte> reordered_pairs(std::span<const std::byte> rows, std::int64_t row_count, std::int64_t heads,
                                       PairOrder order);
// The elements (R x C, `size` bytes each) of a matrix as C x R.
std::vector<std::byte> transposed(std::span<const std::byte> elements, std::int64_t rows, std::int64_t cols,
                                  std::int64_t size);

}  // namespace genre
