// What pruning layers of encoders and decoders has in common.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "genre/lm/checkpoint.h"
#include "genre/lm/pruning.h"

namespace genre {

// At most `most` of the texts that are not empty, evenly spread. Throws Error(kConfig) where there are none.
std::vector<std::string> some_samples(std::span<const std::string> texts, std::size_t most);

// Throws Error(kConfig) unless 0 <= wanted <= there; `what` is "heads", "layers", ...
void check_count(const char* what, int wanted, int there);

// The layers that stay by the options' own list, ascending: none where there is no list. Throws Error(kConfig) for one
// that the model does not have.
std::vector<int> listed_layers(const PruningOptions& options, int layers);
std::vector<int> layers_without(std::span<const LeftOutLayer> left_out, int layers);

// Tensors whose name begins with `pattern`, in which {} is the number of a layer: those of the kept layers get the new
// numbers, the others go.
void keep_layers(Checkpoint& checkpoint, const std::string& pattern, std::span<const int> kept, int layers);
// The same in config.json: the number under `key`, and the list layer_types.
void keep_layers(nlohmann::json& config, const std::string& key, std::span<const int> kept);

// Throws Error(kConfig) unless nothing is at `output`, or an empty folder, and it lies outside the model's folder.
void check_output(const std::filesystem::path& folder, const std::filesystem::path& output);

}  // namespace genre
