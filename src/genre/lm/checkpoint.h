// The tensors of a model folder, to be cut, renamed and written as one safetensors file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "genre/lm/compact_weight.h"
#include "genre/lm/tensor_source.h"

namespace genre {

class Checkpoint {
 public:
  // Of a folder with safetensors. Throws Error(kNotFound) or Error(kData), also for a GGUF file, whose blocks cannot be
  // cut between their elements, and for weights in compact forms.
  explicit Checkpoint(const std::filesystem::path& folder);

  const TensorSource& source() const { return *source_; }  // as it was opened
  bool has(const std::string& name) const { return tensors_.contains(name); }
  std::vector<std::string> names() const;
  // Those of a tensor that is there; else throw Error(kData).
  const std::vector<std::int64_t>& shape(const std::string& name) const { return at(name).shape; }
  std::int64_t bytes(const std::string& name) const { return std::ssize(at(name).bytes); }
  Matrix matrix(const std::string& name) const;  // as floats; a vector has one row

  // What stays, in this order: slices of the first extent, or columns of a matrix.
  void keep_rows(const std::string& name, std::span<const int> rows);
  void keep_columns(const std::string& name, std::span<const int> columns);
  // New elements in the format that the tensor has; as many as before.
  void assign(const std::string& name, ConstMatrixView values);
  void rename(const std::string& from, const std::string& to);
  void erase(const std::string& name) { tensors_.erase(name); }
  // A matrix NAME in a compact form, under the names of compact_weight.h.
  void compact(const std::string& name, const CompactWeight& weight);

  std::int64_t parameters() const;
  std::int64_t bytes() const;
  void write(const std::filesystem::path& path) const;

 private:
  struct Tensor {
    DType dtype;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> bytes;  // of the source, or of `owned`
    std::vector<std::byte> owned;
  };
  const Tensor& at(const std::string& name) const;
  Tensor& at(const std::string& name) { return const_cast<Tensor&>(std::as_const(*this).at(name)); }
  void add(const std::string& name, DType dtype, std::vector<std::int64_t> shape, std::span<const std::byte> bytes);
  static void own(Tensor& tensor, std::vector<std::byte> bytes);

  std::unique_ptr<TensorSource> source_;
  std::map<std::string, Tensor> tensors_;
};

// Copies a model folder without weights in any format directly in `weights_folder` (the folder itself or one inside
// it), for new ones to be put there, and without what other programs derive from weights (onnx, openvino).
void copy_without_weights(const std::filesystem::path& from, const std::filesystem::path& weights_folder,
                          const std::filesystem::path& to);

}  // namespace genre
