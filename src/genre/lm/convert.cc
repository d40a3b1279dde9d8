#include "genre/lm/convert.h"

#include "genre/base/error.h"
#include "genre/base/safetensors.h"
#include "genre/lm/adapter_folder.h"
#include "genre/lm/gguf_model.h"
#include "genre/lm/gguf_settings.h"
#include "genre/lm/gguf_tokenizer.h"
#include "genre/nn/blocks.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

void refuse_output(const fs::path& output, const std::string& fault) {
  throw Error(ErrorCode::kConfig, fault, "name another --output", {.file = output.string()});
}

// In another format; matrices only, since vectors are read as floats everywhere.
void change_format(GgufModelTensor& tensor, BlockFormat to) {
  if (tensor.format == to || tensor.shape.size() < 2) return;
  const BlockShape block = block_shape(tensor.format);
  std::vector<float> values(tensor.bytes.size() / block.bytes * block.elements);
  nn::dequantise(tensor.format, tensor.bytes, values);
  std::vector<std::byte> bytes(values.size() * block_shape(to).bytes);
  nn::quantise(to, values, bytes);
  tensor.owned = std::move(bytes);
  tensor.bytes = tensor.owned;
  tensor.format = to;
}

DType dtype_of(BlockFormat format) {
  return format == BlockFormat::kF16 ? DType::kF16 : format == BlockFormat::kBF16 ? DType::kBF16 : DType::kF32;
}

// From GGUF's order of rows and columns to that of checkpoints.
void restore_order(GgufModelTensor& tensor, ModelFamily family, const GgufFile& file, const std::string& architecture) {
  const bool query = tensor.name.find(".attn_q.") != std::string::npos,
             key = tensor.name.find(".attn_k.") != std::string::npos;
  if (architecture == "llama" && (query || key)) {
    const std::int64_t heads = file.integer("llama.attention.head_count").value_or(0);
    const std::int64_t count = query ? heads : file.integer("llama.attention.head_count_kv").value_or(heads);
    if (count < 1 || tensor.shape[0] % (2 * count) != 0)
      throw Error(ErrorCode::kData, "tensor '" + tensor.name + "' has rows that are no heads", "choose another model",
                  {.file = file.path().string()});
    auto rows = reordered_pairs(tensor.bytes, tensor.shape[0], count, PairOrder::kToHalves);
    tensor.owned = std::move(rows);
    tensor.bytes = tensor.owned;
  }
  if (family == ModelFamily::kGpt2 && tensor.shape.size() == 2 && tensor.name.starts_with("blk.")) {
    auto turned = transposed(tensor.bytes, tensor.shape[0], tensor.shape[1], block_shape(tensor.format).bytes);
    tensor.owned = std::move(turned);
    tensor.bytes = tensor.owned;
    std::swap(tensor.shape[0], tensor.shape[1]);
  }
}

void write_folder(GgufModel& model, const GgufFile& file, ModelFamily family, std::optional<BlockFormat> floats,
                  const fs::path& output) {
  SafetensorsWriter writer;
  writer.set_metadata("format", "pt");
  for (auto& tensor : model.tensors) {
    const auto name = hugging_face_name(family, tensor.name);
    // Factors of scaled positions have no place in a checkpoint, and without them the model is another one.
    if (!name)
      throw Error(ErrorCode::kData, "tensor '" + tensor.name + "' has no name in a checkpoint of " + model.architecture,
                  "choose another model", {.file = file.path().string()});
    if (floats || block_shape(tensor.format).elements > 1) change_format(tensor, floats.value_or(BlockFormat::kF32));
    restore_order(tensor, family, file, model.architecture);
    writer.add_bytes(*name, dtype_of(tensor.format), tensor.shape, tensor.bytes);
  }
  write_folder_atomic(output, [&](const fs::path& folder) {
    writer.write(folder / "model.safetensors");
    write_folder_settings(file, folder);
    write_folder_tokenizer(file, folder);
  });
}

}  // namespace

Conversion convert_model(const fs::path& input, const fs::path& output, std::optional<BlockFormat> floats) {
  expect_no_adapter(input);
  std::error_code error;
  const bool to_gguf = output.extension() == ".gguf";
  if (floats && block_shape(*floats).elements > 1)
    throw Error(ErrorCode::kConfig, "conversion writes floats, not " + std::string(block_format_name(*floats)),
                "`genre lm quantize` writes blocks");
  if (fs::exists(output, error) && fs::equivalent(input, output, error))
    refuse_output(output, "input and output are the same");
  if (!to_gguf && fs::exists(output, error) && !(fs::is_directory(output, error) && fs::is_empty(output, error)))
    refuse_output(output, "the output folder is not empty");
  GgufModel model = read_gguf_model(input);
  Conversion out{.architecture = model.architecture};
  for (const auto& tensor : model.tensors) {
    const BlockShape block = block_shape(tensor.format);
    out.tensors += 1;
    out.parameters += std::ssize(tensor.bytes) / block.bytes * block.elements;
    out.bytes_before += std::ssize(tensor.bytes);
  }
  if (to_gguf) {
    for (auto& tensor : model.tensors) {
      if (floats) change_format(tensor, *floats);
      model.metadata.add(tensor.name, tensor.format, tensor.shape, tensor.bytes);
    }
    model.metadata.write(output);
  } else if (model.source->path().extension() == ".gguf") {
    const GgufFile file(model.source->path());
    const auto family = model_family(model.architecture);
    if (!family)
      throw Error(ErrorCode::kData, "a model of kind '" + model.architecture + "' is not converted",
                  "choose another model", {.file = file.path().string()});
    write_folder(model, file, *family, floats, output);
  } else {
    refuse_output(output, "a folder is converted to a GGUF file, wanted a name that ends in .gguf");
  }
  for (const auto& tensor : model.tensors) out.bytes_after += std::ssize(tensor.bytes);
  return out;
}

}  // namespace genre
