// Folders with an adapter in them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace genre {

// The adapter that belongs to a model and stands beside its weights wherever it is loaded: MODEL/own_adapter. Empty
// where the model has none.
std::filesystem::path adapter_of_model(const std::filesystem::path& model);

// The adapter that --adapter and lm.adapter name: a folder, or NAME of those that lie in MODEL/adapters/NAME. Throws
// Error(kNotFound) that lists these.
std::filesystem::path find_adapter(const std::filesystem::path& model, const std::string& name);

// Throws Error(kData) where the model has one, for what reads the weights alone and would lose it.
void expect_no_adapter(const std::filesystem::path& model);

enum class AdapterKind {
  kLowRank,     // lora.h
  kScales,      // (IA)3, which nothing reads beside weights
  kBottleneck,  // bottleneck.h
  kPrompt,      // virtual_tokens.h
  kPrefix,      // likewise
};

// By adapter_config.json. Throws Error(kNotFound), or Error(kData) for a file that is none of these.
AdapterKind adapter_kind(const std::filesystem::path& folder);

// The files that an adapter is read from.
std::vector<std::filesystem::path> adapter_files(const std::filesystem::path& folder);

}  // namespace genre
