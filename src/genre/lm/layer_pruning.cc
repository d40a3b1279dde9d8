#include "genre/lm/layer_pruning.h"

#include <algorithm>

#include "genre/base/error.h"
#include "genre/lm/encoder_architecture.h"

namespace genre {
namespace fs = std::filesystem;

std::vector<std::string> some_samples(std::span<const std::string> texts, std::size_t most) {
  std::vector<std::string> filled, out;
  for (const auto& text : texts)
    if (!text.empty()) filled.push_back(text);
  if (filled.empty())
    throw Error(ErrorCode::kConfig, "there are no texts to measure on", "give texts of the kind that the model is for");
  const std::size_t count = std::min(most, filled.size());
  for (std::size_t i = 0; i < count; ++i) out.push_back(std::move(filled[i * filled.size() / count]));
  return out;
}

void check_count(const char* what, int wanted, int there) {
  if (wanted < 0 || wanted > there)
    throw Error(ErrorCode::kConfig,
                std::to_string(wanted) + " " + what + " cannot stay, the model has " + std::to_string(there),
                "choose 1 to " + std::to_string(there));
}

std::vector<int> listed_layers(const PruningOptions& options, int layers) {
  std::vector<int> out = options.keep_layers;
  std::ranges::sort(out);
  for (std::size_t i = 0; i < out.size(); ++i)
    if (out[i] < 0 || out[i] >= layers || (i > 0 && out[i] == out[i - 1]))
      throw Error(ErrorCode::kConfig,
                  "layer " + std::to_string(out[i]) + " cannot stay, the model has each of 0 to " +
                      std::to_string(layers - 1) + " once",
                  "list layers of the model");
  return out;
}

std::vector<int> layers_without(std::span<const LeftOutLayer> left_out, int layers) {
  std::vector<int> out;
  for (int l = 0; l < layers; ++l)
    if (std::ranges::find(left_out, l, &LeftOutLayer::layer) == left_out.end()) out.push_back(l);
  return out;
}

void keep_layers(Checkpoint& checkpoint, const std::string& pattern, std::span<const int> kept, int layers) {
  const auto names = checkpoint.names();
  // Ascending, so that a new number is never that of a layer that has still to move.
  for (int l = 0, to = 0; l < layers; ++l) {
    const bool stays = std::ranges::find(kept, l) != kept.end();
    const std::string prefix = layer_prefix(pattern, l), moved = layer_prefix(pattern, to);
    for (const auto& name : names) {
      if (!name.starts_with(prefix)) continue;
      if (stays)
        checkpoint.rename(name, moved + name.substr(prefix.size()));
      else
        checkpoint.erase(name);
    }
    to += stays;
  }
}

void keep_layers(nlohmann::json& config, const std::string& key, std::span<const int> kept) {
  config[key] = kept.size();
  const auto types = config.find("layer_types");
  if (types == config.end() || !types->is_array() || kept.empty() || std::ssize(*types) <= kept.back()) return;
  auto left = nlohmann::json::array();
  for (const int l : kept) left.push_back(types->at(l));
  *types = std::move(left);
}

void check_output(const fs::path& folder, const fs::path& output) {
  std::error_code error;
  const fs::path inside = fs::weakly_canonical(output).lexically_relative(fs::weakly_canonical(folder));
  if (!inside.empty() && *inside.begin() != "..")
    throw Error(ErrorCode::kConfig, "the output folder lies in the model's own", "name another --output",
                {.file = output.string()});
  if (fs::exists(output, error) && !(fs::is_directory(output, error) && fs::is_empty(output, error)))
    throw Error(ErrorCode::kConfig, "the output folder is not empty", "name another --output",
                {.file = output.string()});
}

}  // namespace genre
