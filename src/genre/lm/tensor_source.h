// Weights by name, whatever file they are in: one safetensors file, a sharded set, or GGUF.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "genre/base/gguf.h"
#include "genre/base/safetensors.h"
#include "genre/linalg/matrix.h"

namespace genre {

// A stored matrix (R x C) as it lies in the file; a vector has R = 1.
struct StoredTensor {
  BlockFormat format = BlockFormat::kF32;
  std::vector<std::int64_t> shape;  // row-major, whole blocks in the last size
  std::span<const std::byte> bytes;
};

// Integers of a safetensors file: places of elements, not elements.
struct StoredIntegers {
  DType dtype = DType::kI32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

// Views stay valid as long as the source. Immutable, so shareable between threads.
class TensorSource {
 public:
  virtual ~TensorSource() = default;
  virtual const std::filesystem::path& path() const = 0;  // of a sharded set: its index
  // Tensors of floats or blocks, in order of their names; safetensors of integers and doubles are not among them.
  virtual std::vector<std::string> names() const = 0;
  virtual bool has(std::string_view name) const = 0;
  // Throws Error(kData) for a tensor that is missing (with the nearest name) or, where `shape` is not empty, has
  // another.
  virtual StoredTensor at(std::string_view name, const std::vector<std::int64_t>& shape = {}) const = 0;

  // U8 or I32 integers; null where there are none of this name.
  virtual const StoredIntegers* integers(std::string_view name) const = 0;

  // The elements as floats, every one finite. One row is stored as a vector or as a matrix. Throws as at(), and
  // Error(kData) for a value that is not finite.
  Matrix matrix(std::string_view name, std::int64_t rows, std::int64_t cols) const;
  std::vector<float> vector(std::string_view name, std::int64_t size) const;
};

// model.safetensors, or model.safetensors.index.json and its shards, or the only *.gguf of a folder; or one such file.
// Throws Error(kNotFound) or Error(kData).
std::unique_ptr<TensorSource> open_tensors(const std::filesystem::path& folder_or_file);

}  // namespace genre
