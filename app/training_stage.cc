#include "training_stage.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "genre/base/file.h"
#include "genre/track/run_folder.h"
#include "trainer_process.h"

namespace genre::app {
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json training_spec(bool resume, int processes) { return {{"resume", resume}, {"processes", processes}}; }

int processes_of(const fs::path& run, int told) {
  if (told > 0 || !fs::exists(run / "spec.json")) return std::max(1, told);
  const Json had = Json::parse(read_file(run / "spec.json"), nullptr, /*allow_exceptions=*/false);
  return had.is_object() ? had.value("processes", 1) : 1;
}

Json run_stage(const fs::path& run, const TrainingStage& stage, int processes) {
  const fs::path folder = run / stage.name, result = folder / "result.json";
  if (!fs::exists(folder / "config.toml")) RunFolder::create(run, "", resolved_toml(stage.config), folder);
  if (!fs::exists(result)) {
    const bool started = fs::exists(folder / "checkpoints" / "last.safetensors");
    const std::string resume = "'genre lm finetune --resume " + run.string() + "' goes on with the run";
    const Json spec = training_spec(started, processes_of(folder, processes));
    write_file_atomic(result, run_trainer(folder, spec, stage.label, resume).dump(2) + "\n");
  }
  return Json::parse(read_file(result));
}

void print_values(const char* part, const Json& values) {
  std::string text;
  for (const auto& [name, value] : values.items()) {
    char one[64];
    std::snprintf(one, sizeof one, "  %s %.4f", name.c_str(), value.is_number() ? value.get<double>() : 0.0);
    if (value.is_number()) text += one;
  }
  std::printf("%-6s%s\n", part, text.empty() ? "  no examples" : text.c_str());
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace genre::app
