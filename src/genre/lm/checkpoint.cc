#include "genre/lm/checkpoint.h"

#include <cassert>
#include <cstring>
#include <numeric>
#include <set>

#include "genre/base/error.h"
#include "genre/base/safetensors.h"
#include "genre/nn/blocks.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

DType dtype_of(BlockFormat format) {
  return format == BlockFormat::kF16 ? DType::kF16 : format == BlockFormat::kBF16 ? DType::kBF16 : DType::kF32;
}

BlockFormat format_of(DType dtype) {
  return dtype == DType::kF16 ? BlockFormat::kF16 : dtype == DType::kBF16 ? BlockFormat::kBF16 : BlockFormat::kF32;
}

std::int64_t elements(const std::vector<std::int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

}  // namespace

Checkpoint::Checkpoint(const fs::path& folder) : source_(open_tensors(folder)) {
  for (const auto& name : source_->names()) {
    const StoredTensor tensor = source_->at(name);
    if (block_shape(tensor.format).elements > 1 || source_->path().extension() == ".gguf")
      throw Error(ErrorCode::kData, "a GGUF file is not pruned, wanted a folder with safetensors",
                  "make one with `genre lm convert --output FOLDER`", {.file = source_->path().string()});
    for (const char* const part : {".weight_left", ".weight_values", ".weight_blocks"})
      if (name.ends_with(part))
        throw Error(ErrorCode::kData, "the weights are low-rank or sparse already", "prune the model before",
                    {.file = source_->path().string()});
    tensors_[name] = {dtype_of(tensor.format), tensor.shape, tensor.bytes, {}};
  }
}

const Checkpoint::Tensor& Checkpoint::at(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) source_->at(name);  // throws with the nearest name
  assert(found != tensors_.end());
  return found->second;
}

std::vector<std::string> Checkpoint::names() const {
  std::vector<std::string> out;
  for (const auto& [name, unused] : tensors_) out.push_back(name);
  return out;
}

Matrix Checkpoint::matrix(const std::string& name) const {
  const Tensor& tensor = at(name);
  const std::int64_t count = elements(tensor.shape), rows = tensor.shape.size() < 2 ? 1 : tensor.shape[0];
  Matrix out(rows, rows == 0 ? 0 : count / rows);
  nn::dequantise(format_of(tensor.dtype), tensor.bytes, {out.data(), static_cast<std::size_t>(count)});
  return out;
}

void Checkpoint::own(Tensor& tensor, std::vector<std::byte> bytes) {
  tensor.owned = std::move(bytes);
  tensor.bytes = tensor.owned;
}

void Checkpoint::keep_rows(const std::string& name, std::span<const int> rows) {
  Tensor& tensor = at(name);
  assert(!tensor.shape.empty());
  const std::size_t row_bytes = tensor.bytes.size() / static_cast<std::size_t>(tensor.shape[0]);
  std::vector<std::byte> bytes;
  bytes.reserve(rows.size() * row_bytes);
  for (const int row : rows) {
    assert(row >= 0 && row < tensor.shape[0]);
    const auto from = tensor.bytes.subspan(static_cast<std::size_t>(row) * row_bytes, row_bytes);
    bytes.insert(bytes.end(), from.begin(), from.end());
  }
  tensor.shape[0] = std::ssize(rows);
  own(tensor, std::move(bytes));
}

void Checkpoint::keep_columns(const std::string& name, std::span<const int> columns) {
  Tensor& tensor = at(name);
  assert(tensor.shape.size() == 2);
  const auto size = dtype_size(tensor.dtype);
  const auto from = static_cast<std::size_t>(tensor.shape[1]), rows = static_cast<std::size_t>(tensor.shape[0]);
  std::vector<std::byte> bytes(rows * columns.size() * size);
  std::byte* to = bytes.data();
  for (std::size_t r = 0; r < rows; ++r)
    for (const int column : columns) {
      assert(column >= 0 && column < tensor.shape[1]);
      std::memcpy(to, tensor.bytes.data() + (r * from + static_cast<std::size_t>(column)) * size, size);
      to += size;
    }
  tensor.shape[1] = std::ssize(columns);
  own(tensor, std::move(bytes));
}

void Checkpoint::assign(const std::string& name, ConstMatrixView values) {
  Tensor& tensor = at(name);
  assert(values.rows() * values.cols() == elements(tensor.shape));
  std::vector<std::byte> bytes(tensor.bytes.size());
  nn::quantise(format_of(tensor.dtype), {values.data(), static_cast<std::size_t>(values.rows() * values.cols())},
               bytes);
  own(tensor, std::move(bytes));
}

void Checkpoint::rename(const std::string& from, const std::string& to) {
  if (from == to) return;
  at(from);
  auto node = tensors_.extract(from);
  node.key() = to;
  const bool inserted = tensors_.insert(std::move(node)).inserted;
  assert(inserted);
  static_cast<void>(inserted);
}

void Checkpoint::add(const std::string& name, DType dtype, std::vector<std::int64_t> shape,
                     std::span<const std::byte> bytes) {
  Tensor& tensor = tensors_[name];
  tensor.dtype = dtype;
  tensor.shape = std::move(shape);
  own(tensor, {bytes.begin(), bytes.end()});
}

void Checkpoint::compact(const std::string& name, const CompactWeight& weight) {
  const auto floats = [&](const char* part, std::vector<std::int64_t> shape, std::span<const float> values) {
    add(name + part, DType::kF32, std::move(shape), std::as_bytes(values));
  };
  if (const auto* const factors = std::get_if<LowRankWeights>(&weight)) {
    floats("_left", {factors->left.rows(), factors->left.cols()}, factors->left.values());
    floats("_right", {factors->right.rows(), factors->right.cols()}, factors->right.values());
  } else if (const auto* const two_four = std::get_if<nn::TwoFourWeights>(&weight)) {
    floats("_values", {two_four->rows, two_four->cols / 2}, two_four->values);
    add(name + "_places", DType::kU8, {two_four->rows, two_four->cols / 8}, std::as_bytes(std::span(two_four->places)));
  } else {
    const auto& blocks = std::get<nn::BlockWeights>(weight);
    floats("_blocks", {std::ssize(blocks.columns), blocks.kSide, blocks.kSide}, blocks.values);
    add(name + "_block_columns", DType::kI32, {std::ssize(blocks.columns)}, std::as_bytes(std::span(blocks.columns)));
    add(name + "_block_starts", DType::kI32, {std::ssize(blocks.starts)}, std::as_bytes(std::span(blocks.starts)));
  }
  erase(name);
}

std::int64_t Checkpoint::parameters() const {
  std::int64_t sum = 0;
  for (const auto& [unused, tensor] : tensors_)
    if (tensor.dtype != DType::kU8 && tensor.dtype != DType::kI32) sum += elements(tensor.shape);
  return sum;
}

std::int64_t Checkpoint::bytes() const {
  std::int64_t sum = 0;
  for (const auto& [unused, tensor] : tensors_) sum += std::ssize(tensor.bytes);
  return sum;
}

void Checkpoint::write(const fs::path& path) const {
  SafetensorsWriter writer;
  writer.set_metadata("format", "pt");
  for (const auto& [name, tensor] : tensors_) writer.add_bytes(name, tensor.dtype, tensor.shape, tensor.bytes);
  writer.write(path);
}

void copy_without_weights(const fs::path& from, const fs::path& weights_folder, const fs::path& to) {
  static const std::set<std::string> kWeights = {".safetensors", ".bin",  ".h5",   ".ot",
                                                 ".msgpack",     ".gguf", ".onnx", ".pt"};
  std::error_code error;
  fs::create_directories(to);
  for (const auto& entry : fs::directory_iterator(from)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory(error)) {
      if (name != "onnx" && name != "openvino" && !name.starts_with("."))
        copy_without_weights(entry.path(), weights_folder, to / name);
    } else if (!name.starts_with(".")) {
      const bool weights = kWeights.contains(entry.path().extension().string()) || name.ends_with(".index.json");
      if (!weights || !fs::equivalent(from, weights_folder, error)) fs::copy_file(entry.path(), to / name);
    }
  }
}

}  // namespace genre
