#include "genre/lm/gguf_model.h"

#include <algorithm>
#include <cstring>

#include "genre/base/error.h"
#include "genre/base/log.h"
#include "genre/lm/gguf_settings.h"
#include "genre/lm/gguf_tokenizer.h"
#include "genre/nn/blocks.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void refuse(const TensorSource& source, const std::string& name, const std::string& fault) {
  throw Error(ErrorCode::kData, "tensor '" + name + "' " + fault, "choose another model",
              {.file = source.path().string()});
}

void to_floats(GgufModelTensor& tensor) {
  if (tensor.format == BlockFormat::kF32) return;
  const BlockShape block = block_shape(tensor.format);
  std::vector<float> values(tensor.bytes.size() / block.bytes * block.elements);
  nn::dequantise(tensor.format, tensor.bytes, values);
  tensor.owned.resize(values.size() * sizeof(float));
  std::memcpy(tensor.owned.data(), values.data(), tensor.owned.size());
  tensor.format = BlockFormat::kF32;
  tensor.bytes = tensor.owned;
}

struct Heads {
  std::int64_t queries = 0, keys = 0;
};

GgufModelTensor converted(const TensorSource& source, const std::string& from, std::string name, ModelFamily family,
                          bool interleaved, const Heads& heads) {
  const StoredTensor stored = source.at(from);
  GgufModelTensor out{std::move(name), stored.format, stored.shape, stored.bytes, {}};
  if (block_shape(out.format).elements != 1) refuse(source, from, "is quantised");
  if (out.shape.empty() || out.shape.size() > 2) refuse(source, from, "is neither a vector nor a matrix");
  const bool query = out.name.find(".attn_q.") != std::string::npos,
             key = out.name.find(".attn_k.") != std::string::npos;
  if (interleaved && (query || key)) {
    const std::int64_t count = query ? heads.queries : heads.keys;
    if (out.shape[0] % (2 * count) != 0)
      refuse(source, from, "has " + std::to_string(out.shape[0]) + " rows for " + std::to_string(count) + " heads");
    out.owned = reordered_pairs(out.bytes, out.shape[0], count, PairOrder::kToInterleaved);
    out.bytes = out.owned;
  }
  if (family == ModelFamily::kGpt2 && out.shape.size() == 2 && out.name.starts_with("blk.")) {
    out.owned = transposed(out.bytes, out.shape[0], out.shape[1], block_shape(out.format).bytes);
    out.bytes = out.owned;
    std::swap(out.shape[0], out.shape[1]);
  }
  if (out.shape.size() == 1 || out.name == "position_embd.weight" || out.name == "token_types.weight") to_floats(out);
  return out;
}

GgufModel from_gguf(std::unique_ptr<TensorSource> source) {
  GgufModel out;
  const GgufFile file(source->path());
  out.architecture = file.text("general.architecture").value_or("");
  for (const auto& [key, unused] : file.metadata()) out.metadata.set_encoded(key, file.encoded(key));
  for (const auto& name : source->names()) {
    const StoredTensor tensor = source->at(name);
    out.tensors.push_back({name, tensor.format, tensor.shape, tensor.bytes, {}});
  }
  out.source = std::move(source);
  return out;
}

}  // namespace

GgufModel read_gguf_model(const fs::path& path) {
  auto source = open_tensors(path);
  if (source->path().extension() == ".gguf") return from_gguf(std::move(source));
  const fs::path folder = source->path().parent_path();
  GgufModel out;
  out.architecture = write_gguf_settings(folder, out.metadata);
  const ModelFamily family = *model_family(out.architecture);
  const ModelShape shape = read_model_shape(folder);
  for (const auto& name : source->names()) {
    auto gguf = gguf_name(family, name);
    if (!gguf) continue;
    if (*gguf == "output.weight" && shape.tied_head) continue;
    out.tensors.push_back(
        converted(*source, name, *gguf, family, out.architecture == "llama", {shape.heads, shape.key_value_heads}));
  }
  const auto tokens = std::ranges::find(out.tensors, "token_embd.weight", &GgufModelTensor::name);
  if (tokens == out.tensors.end() || tokens->shape.size() != 2) refuse(*source, "token_embd.weight", "is missing");
  std::error_code error;
  if (fs::exists(folder / "tokenizer.json", error))
    write_gguf_tokenizer(folder, out.architecture, tokens->shape[0], out.metadata);
  else
    log_warning(folder.string() + " has no tokenizer.json: the model is written without a tokenizer");
  out.source = std::move(source);
  return out;
}

std::vector<std::byte> reordered_pairs(std::span<const std::byte> rows, std::int64_t row_count, std::int64_t heads,
                                       PairOrder order) {
  std::vector<std::byte> out(rows.size());
  const std::int64_t row_bytes = std::ssize(rows) / row_count, size = row_count / heads;
  for (std::int64_t head = 0; head < heads; ++head) {
    for (std::int64_t pair = 0; pair < size / 2; ++pair) {
      for (std::int64_t second = 0; second < 2; ++second) {
        const std::int64_t halves = head * size + second * (size / 2) + pair,
                           interleaved = head * size + 2 * pair + second;
        const bool there = order == PairOrder::kToInterleaved;
        std::memcpy(out.data() + (there ? interleaved : halves) * row_bytes,
                    rows.data() + (there ? halves : interleaved) * row_bytes, static_cast<std::size_t>(row_bytes));
      }
    }
  }
  return out;
}

std::vector<std::byte> transposed(std::span<const std::byte> elements, std::int64_t rows, std::int64_t cols,
                                  std::int64_t size) {
  std::vector<std::byte> out(elements.size());
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < cols; ++c)
      std::memcpy(out.data() + (c * rows + r) * size, elements.data() + (r * cols + c) * size,
                  static_cast<std::size_t>(size));
  return out;
}

}  // namespace genre
