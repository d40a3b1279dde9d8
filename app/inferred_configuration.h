// A commented configuration for files whose layout was guessed.
#pragma once

#include <filesystem>
#include <string>

namespace genre::app {

// TOML that reads `interactions` and, where there is one, `items`; paths count from the folder of `output`. Throws what
// infer_interactions and infer_items throw.
std::string inferred_configuration(const std::filesystem::path& interactions, const std::filesystem::path& items,
                                   const std::filesystem::path& output);

// Refuses to replace a file: Error(kUsage).
void write_inferred_configuration(const std::string& text, const std::filesystem::path& output, bool force);

}  // namespace genre::app
