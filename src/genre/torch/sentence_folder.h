// Folders of sentence encoders: what stands in them beside the weights.
#pragma once

#include <filesystem>

#include "genre/lm/sentence_config.h"

namespace genre::trainer {

// Copies tokenizer, pooling, prompts and limits of the model `base`, read as `config`, to `folder`. Returns the folder
// in it that the encoder's own config.json and weights belong to.
std::filesystem::path copy_sentence_files(const std::filesystem::path& base, const SentenceConfig& config,
                                          const std::filesystem::path& folder);

// Copies the files of a tokenizer.
void copy_tokenizer(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace genre::trainer
