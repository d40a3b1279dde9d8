// Tensor names of Hugging Face checkpoints and of GGUF files, both ways.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace genre {

enum class ModelFamily { kLlama, kGpt2, kBert };  // kLlama: llama, qwen2 and qwen3

// By model_type or general.architecture, which are the same words; none for others.
std::optional<ModelFamily> model_family(std::string_view architecture);

// None where GGUF has no place for the tensor (buffers, poolers, a head that repeats the embedding). With or without
// the prefix that a head puts before the names of its model ("bert.", "transformer.", "model.").
std::optional<std::string> gguf_name(ModelFamily family, std::string_view hugging_face_name);
// None where the checkpoints have no such tensor.
std::optional<std::string> hugging_face_name(ModelFamily family, std::string_view gguf_name);

}  // namespace genre
