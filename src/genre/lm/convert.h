// Language models between folders of Hugging Face (safetensors) and GGUF files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "genre/base/gguf.h"

namespace genre {

struct Conversion {
  std::string architecture;
  std::int64_t tensors = 0, parameters = 0, bytes_before = 0, bytes_after = 0;  // bytes of tensors
};

// From a folder or GGUF file to a GGUF file where `output` ends in .gguf, else to a folder, which must not exist or be
// empty. Architectures: llama, qwen2, qwen3, gpt2, bert. Elements stay as they are, except that a folder holds no
// blocks: there they become F32, or all matrices become `floats` (F32, F16 or BF16) where that is given. Appears whole
// or not at all. Throws Error(kConfig) for an output that is in the way or another format, Error(kNotFound),
// Error(kData) or Error(kResources).
Conversion convert_model(const std::filesystem::path& input, const std::filesystem::path& output,
                         std::optional<BlockFormat> floats = {});

}  // namespace genre
