#include "genre/lm/adapter_folder.h"

#include <algorithm>
#include <string>

#include "genre/base/error.h"
#include "genre/lm/model_json.h"

namespace genre {
namespace fs = std::filesystem;

fs::path adapter_of_model(const fs::path& model) {
  std::error_code error;
  const fs::path folder = model / "own_adapter";
  return fs::exists(folder / "adapter_config.json", error) ? folder : fs::path();
}

fs::path find_adapter(const fs::path& model, const std::string& name) {
  constexpr const char* kConfig = "adapter_config.json";
  std::error_code error;
  if (fs::exists(fs::path(name) / kConfig, error)) return name;
  const fs::path folder = (fs::is_directory(model, error) ? model : model.parent_path()) / "adapters";
  const bool plain = fs::path(name).filename() == name;
  if (plain && fs::exists(folder / name / kConfig, error)) return folder / name;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (fs::exists(entry.path() / kConfig, error)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  std::string hint = "name a folder with " + std::string(kConfig);
  for (std::size_t i = 0; i < names.size(); ++i) hint += (i == 0 ? ", or one of the model's: " : ", ") + names[i];
  throw Error(ErrorCode::kNotFound, "there is no adapter '" + name + "'", hint, {.file = model.string()});
}

void expect_no_adapter(const fs::path& model) {
  if (const fs::path adapter = adapter_of_model(model); !adapter.empty())
    throw Error(ErrorCode::kData, "an adapter belongs to the model, and stands beside its weights",
                "name the model that the adapter was trained on", {.file = adapter.string()});
}

AdapterKind adapter_kind(const fs::path& folder) {
  const ModelJson file(folder / "adapter_config.json");
  if (!file.has("peft_type") && file.has("config")) return AdapterKind::kBottleneck;
  const std::string type = file.at("peft_type").text();
  if (type == "LORA" || type == "ADALORA") return AdapterKind::kLowRank;
  if (type == "IA3") return AdapterKind::kScales;
  if (type == "PROMPT_TUNING") return AdapterKind::kPrompt;
  if (type == "PREFIX_TUNING") return AdapterKind::kPrefix;
  file.at("peft_type")
      .refuse("is " + type + ", wanted LORA, ADALORA, IA3, PROMPT_TUNING or PREFIX_TUNING",
              "merge the adapter with PEFT and convert the model");
}

std::vector<fs::path> adapter_files(const fs::path& folder) {
  const bool bottleneck = adapter_kind(folder) == AdapterKind::kBottleneck;
  return {folder / "adapter_config.json", folder / (bottleneck ? "adapter.safetensors" : "adapter_model.safetensors")};
}

}  // namespace genre
