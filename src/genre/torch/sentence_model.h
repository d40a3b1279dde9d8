// Sentence encoders as tasks train them: what they read, and the folders that they leave.
#pragma once

#include <filesystem>

#include "genre/lm/sentence_config.h"
#include "genre/torch/tuned_encoder.h"

namespace genre::trainer {

// Copies tokenizer, pooling, prompts and limits of the model `base`, read as `config`, to `folder`. Returns the folder
// in it that the encoder's own config.json and weights belong to.
std::filesystem::path copy_sentence_files(const std::filesystem::path& base, const SentenceConfig& config,
                                          const std::filesystem::path& folder);

// Copies the files of a tokenizer.
void copy_tokenizer(const std::filesystem::path& from, const std::filesystem::path& to);

// A model whose vectors are the mean or the first state of its encoder, made longer or shorter at most. Throws
// Error(kConfig) for another one, and as read_sentence_config.
SentenceConfig read_pooled_model(const std::filesystem::path& base);

// Throws Error(kConfig) where nothing of an encoder without a head is trained.
void expect_something_trained(const Parameters& parameters);

// The folder `model` for `genre lm embed` and sentence-transformers; where adapters were trained, `adapter` for PEFT.
// `name` is what the base was called; `class_name` is that of transformers, where it is not the base's. Throws
// Error(kResources).
void save_sentence_model(const std::filesystem::path& base, const SentenceConfig& config, const TunedEncoder& encoder,
                         const std::string& name, const std::filesystem::path& model,
                         const std::filesystem::path& adapter, const std::string& class_name = "");

}  // namespace genre::trainer
