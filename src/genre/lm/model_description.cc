#include "genre/lm/model_description.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/lm/tensor_source.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

// A size by its names in config.json and behind the architecture in GGUF.
struct SizeName {
  const char* name;
  std::vector<const char*> config;
  const char* gguf;
};

const std::vector<SizeName>& size_names() {
  static const std::vector<SizeName> names = {
      {"layers", {"num_hidden_layers", "n_layer", "n_layers"}, "block_count"},
      {"width", {"hidden_size", "n_embd", "dim"}, "embedding_length"},
      {"heads", {"num_attention_heads", "n_head", "n_heads"}, "attention.head_count"},
      {"key_value_heads", {"num_key_value_heads"}, "attention.head_count_kv"},
      {"head_size", {"head_dim"}, "attention.key_length"},
      {"intermediate", {"intermediate_size", "n_inner", "hidden_dim"}, "feed_forward_length"},
      {"vocabulary", {"vocab_size"}, "vocab_size"},
      {"positions", {"max_position_embeddings", "n_positions"}, "context_length"}};
  return names;
}

void read_config(const fs::path& path, ModelDescription& out) {
  try {
    const auto json = nlohmann::json::parse(read_file(path));
    if (json.contains("model_type")) out.architecture = json.at("model_type");
    for (const auto& [name, keys, unused] : size_names())
      for (const char* key : keys)
        if (json.contains(key) && json.at(key).is_number_integer()) out.shape.emplace_back(name, json.at(key));
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorCode::kData, std::string("not a model's configuration: ") + e.what(), "fetch the model again",
                {.file = path.string()});
  }
}

void read_metadata(const GgufFile& file, ModelDescription& out) {
  out.architecture = file.text("general.architecture").value_or("");
  out.licence = file.text("general.license").value_or("");
  for (const auto& [name, unused, key] : size_names()) {
    auto size = file.integer(out.architecture + "." + key);
    // Older files leave the vocabulary to the list of tokens.
    const auto* const tokens = file.texts("tokenizer.ggml.tokens");
    if (!size && name == std::string_view("vocabulary") && tokens != nullptr) size = tokens->size();
    if (size) out.shape.emplace_back(name, *size);
  }
}

// "license: apache-2.0" in the block of settings that a model card begins with.
std::string licence_of_card(const fs::path& card) {
  std::error_code error;
  if (!fs::is_regular_file(card, error)) return {};
  const std::string text = read_file(card);
  const auto end = text.find("\n---", 3);
  if (!text.starts_with("---\n") || end == std::string::npos) return {};
  const auto found = text.find("\nlicense:");
  if (found == std::string::npos || found > end) return {};
  const auto from = text.find_first_not_of(' ', found + 9), to = text.find_first_of("\r\n", from);
  return from < to ? text.substr(from, to - from) : std::string();
}

void add_tensors(const TensorSource& tensors, ModelDescription& out) {
  for (const auto& name : tensors.names()) {
    const StoredTensor tensor = tensors.at(name);
    const BlockShape block = block_shape(tensor.format), eight_bits = block_shape(BlockFormat::kQ8_0);
    const std::int64_t bytes = std::ssize(tensor.bytes), elements = bytes / block.bytes * block.elements;
    FormatShare& share = out.formats[std::string(block_format_name(tensor.format))];
    share.tensors += 1, share.parameters += elements, share.bytes += bytes;
    out.parameters += elements;
    out.weight_bytes += bytes;
    out.fp32_bytes += 4 * elements;
    const bool matrix = tensor.shape.size() >= 2 && tensor.shape.back() % eight_bits.elements == 0;
    const bool blocks = tensor.format == BlockFormat::kQ4_0 || tensor.format == BlockFormat::kQ4_1;
    out.integer_bytes += !matrix ? 4 * elements : blocks ? bytes : elements / eight_bits.elements * eight_bits.bytes;
  }
}

}  // namespace

ModelDescription describe_model(const fs::path& path) {
  ModelDescription out;
  const auto tensors = open_tensors(path);
  std::error_code error;
  if (tensors->path().extension() == ".gguf")
    read_metadata(GgufFile(tensors->path()), out);
  else if (fs::is_regular_file(tensors->path().parent_path() / "config.json", error))
    read_config(tensors->path().parent_path() / "config.json", out);
  if (out.licence.empty()) out.licence = licence_of_card(tensors->path().parent_path() / "README.md");
  add_tensors(*tensors, out);
  out.files = model_files(path);
  for (const auto& file : out.files) out.disk_bytes += file.bytes;
  const auto size = [&](std::string_view name) -> std::optional<std::int64_t> {
    for (const auto& [key, value] : out.shape)
      if (key == name) return value;
    return std::nullopt;
  };
  const bool decoder =
      out.architecture == "llama" || out.architecture.starts_with("qwen") || out.architecture == "gpt2";
  const auto layers = size("layers"), width = size("width"), heads = size("heads");
  if (decoder && layers && width && heads && *heads > 0)
    out.cache_bytes_per_position =
        2 * 4 * *layers * size("key_value_heads").value_or(*heads) * size("head_size").value_or(*width / *heads);
  return out;
}

}  // namespace genre
