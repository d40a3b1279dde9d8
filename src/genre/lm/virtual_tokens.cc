#include "genre/lm/virtual_tokens.h"

#include "genre/base/error.h"
#include "genre/lm/model_json.h"
#include "genre/lm/tensor_source.h"

namespace genre {

Matrix read_virtual_tokens(const std::filesystem::path& folder, std::int64_t columns) {
  constexpr const char* kRows = "prompt_embeddings";
  const ModelJson file(folder / "adapter_config.json");
  const auto source = open_tensors(folder / "adapter_model.safetensors");
  for (const std::string& name : source->names())
    if (name != kRows)
      throw Error(ErrorCode::kData, "tensor '" + name + "' beside virtual tokens is not supported",
                  "choose an adapter without modules of its own", {.file = source->path().string()});
  const auto count = file.at("num_virtual_tokens").size();
  const auto shape = source->at(kRows).shape;
  if (shape != std::vector<std::int64_t>{count, columns})
    throw Error(ErrorCode::kData,
                "the virtual tokens are not " + std::to_string(count) + " rows of " + std::to_string(columns) +
                    " numbers, which this model reads",
                "choose the model that the adapter was trained on", {.file = source->path().string()});
  return source->matrix(kRows, count, columns);
}

}  // namespace genre
