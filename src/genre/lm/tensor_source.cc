#include "genre/lm/tensor_source.h"

#include <bit>
#include <map>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/safetensors.h"
#include "genre/base/text_distance.h"
#include "genre/nn/blocks.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr const char* kWhole = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string out;
  for (const auto extent : shape) out += (out.empty() ? "" : " x ") + std::to_string(extent);
  return out;
}

std::optional<BlockFormat> format_of(DType dtype) {
  if (dtype == DType::kF32) return BlockFormat::kF32;
  if (dtype == DType::kF16) return BlockFormat::kF16;
  if (dtype == DType::kBF16) return BlockFormat::kBF16;
  return std::nullopt;
}

// What the three kinds of file share: a table of tensors that lie in memory maps.
class TensorTable : public TensorSource {
 public:
  const fs::path& path() const override { return path_; }
  std::vector<std::string> names() const override {
    std::vector<std::string> out;
    for (const auto& [name, unused] : tensors_) out.push_back(name);
    return out;
  }
  bool has(std::string_view name) const override { return tensors_.contains(name); }
  const StoredIntegers* integers(std::string_view name) const override {
    const auto found = integers_.find(name);
    return found == integers_.end() ? nullptr : &found->second;
  }
  StoredTensor at(std::string_view name, const std::vector<std::int64_t>& shape) const override {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) {
      const auto nearest = nearest_name(name, names());
      throw Error(ErrorCode::kData, "no tensor '" + std::string(name) + "'",
                  nearest ? "nearest name: " + *nearest : "fetch the model again", {.file = path_.string()});
    }
    if (!shape.empty() && shape != found->second.shape)
      throw Error(
          ErrorCode::kData,
          "tensor '" + std::string(name) + "' is " + shape_text(found->second.shape) + ", wanted " + shape_text(shape),
          "fetch the model again", {.file = path_.string()});
    return found->second;
  }

 protected:
  explicit TensorTable(fs::path path) : path_(std::move(path)) {}
  void add(const SafetensorsFile& file, const std::string& name) {
    const TensorView& tensor = file.at(name);
    if (const auto format = format_of(tensor.dtype)) tensors_[name] = {*format, tensor.shape, tensor.bytes};
    if (tensor.dtype == DType::kU8 || tensor.dtype == DType::kI32)
      integers_[name] = {tensor.dtype, tensor.shape, tensor.bytes};
  }

  fs::path path_;
  std::map<std::string, StoredTensor, std::less<>> tensors_;
  std::map<std::string, StoredIntegers, std::less<>> integers_;
};

class WholeSafetensors : public TensorTable {
 public:
  explicit WholeSafetensors(const fs::path& path) : TensorTable(path), file_(path) {
    for (const auto& [name, unused] : file_.tensors()) add(file_, name);
  }

 private:
  SafetensorsFile file_;
};

class ShardedSafetensors : public TensorTable {
 public:
  explicit ShardedSafetensors(const fs::path& index) : TensorTable(index) {
    try {
      const auto listed = nlohmann::json::parse(read_file(index));
      for (const auto& [name, entry] : listed.at("weight_map").items()) add(shard(entry.get<std::string>()), name);
    } catch (const nlohmann::json::exception& e) {
      throw Error(ErrorCode::kData, std::string("not an index of safetensors: ") + e.what(), "fetch the model again",
                  {.file = index.string()});
    }
  }

 private:
  const SafetensorsFile& shard(const std::string& name) {
    // A name that leads out of the folder could read any file.
    if (name.empty() || name.find('\0') != std::string::npos || fs::path(name).filename() != name || name == "..")
      throw Error(ErrorCode::kData, "'" + name + "' is not the name of a file beside the index",
                  "fetch the model again", {.file = path_.string()});
    auto& file = shards_[name];
    if (!file) file = std::make_unique<const SafetensorsFile>(path_.parent_path() / name);
    return *file;
  }
  std::map<std::string, std::unique_ptr<const SafetensorsFile>> shards_;
};

class GgufTensors : public TensorTable {
 public:
  explicit GgufTensors(const fs::path& path) : TensorTable(path), file_(path) {
    for (const auto& [name, tensor] : file_.tensors()) tensors_[name] = {tensor.format, tensor.shape, tensor.bytes};
  }

 private:
  GgufFile file_;
};

std::unique_ptr<TensorSource> open_file(const fs::path& path) {
  if (path.extension() == ".gguf") return std::make_unique<GgufTensors>(path);
  if (path.extension() == ".json") return std::make_unique<ShardedSafetensors>(path);
  return std::make_unique<WholeSafetensors>(path);
}

}  // namespace

Matrix TensorSource::matrix(std::string_view name, std::int64_t rows, std::int64_t cols) const {
  StoredTensor tensor = at(name);
  if (rows == 1 && tensor.shape.size() == 1) tensor.shape.insert(tensor.shape.begin(), 1);
  if (tensor.shape != std::vector{rows, cols}) at(name, {rows, cols});
  Matrix out(rows, cols);
  nn::dequantise(tensor.format, tensor.bytes, {out.data(), out.values().size()});
  std::uint32_t worst = 0;  // NaN and infinities have the largest exponent
  for (const float v : out.values()) worst = std::max(worst, std::bit_cast<std::uint32_t>(v) & 0x7FFFFFFFu);
  if (worst >= 0x7F800000u)
    throw Error(ErrorCode::kData, "tensor '" + std::string(name) + "' holds a value that is not finite",
                "fetch the model again", {.file = path().string()});
  return out;
}

std::vector<float> TensorSource::vector(std::string_view name, std::int64_t size) const {
  const Matrix row = matrix(name, 1, size);
  return {row.values().begin(), row.values().end()};
}

std::unique_ptr<TensorSource> open_tensors(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return open_file(path);
  for (const char* name : {kWhole, kIndex})
    if (fs::exists(path / name, error)) return open_file(path / name);
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(path, error))
    if (entry.path().extension() == ".gguf") found.push_back(entry.path());
  if (found.size() == 1) return open_file(found[0]);
  throw Error(ErrorCode::kNotFound,
              found.empty() ? std::string("no weights: neither ") + kWhole + " nor " + kIndex + " nor a GGUF file"
                            : std::to_string(found.size()) + " GGUF files, wanted one",
              found.empty() ? "fetch the model again" : "name the file instead of the folder", {.file = path.string()});
}

}  // namespace genre
