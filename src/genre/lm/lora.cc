#include "genre/lm/lora.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/linalg/gemm.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = "base_model.model.", kA = ".lora_A.weight", kB = ".lora_B.weight";

[[noreturn]] void refuse(const fs::path& path, const std::string& fault) {
  throw Error(ErrorCode::kData, fault, "merge the adapter with PEFT and convert the model", {.file = path.string()});
}

}  // namespace

LoraAdapter::LoraAdapter(const fs::path& folder) {
  const fs::path path = folder / "adapter_config.json";
  const std::string text = read_file(path);
  try {
    const auto config = nlohmann::json::parse(text);
    if (config.at("peft_type") != "LORA")
      refuse(path, "peft_type is " + config.at("peft_type").dump() + ", wanted LORA");
    alpha_ = config.at("lora_alpha").get<double>();
    root_scale_ = config.value("use_rslora", false);
    if (!std::isfinite(alpha_)) refuse(path, "lora_alpha is not finite");
    if (config.value("use_dora", false)) refuse(path, "use_dora is not supported");
    if (config.value("bias", "none") != "none") refuse(path, "trained biases are not supported");
    for (const char* const key : {"modules_to_save", "alpha_pattern", "layer_replication"})
      if (config.contains(key) && !config.at(key).empty()) refuse(path, std::string(key) + " is not supported");
  } catch (const nlohmann::json::exception& e) {
    refuse(path, std::string("not a valid adapter configuration: ") + e.what());
  }
  source_ = open_tensors(folder / "adapter_model.safetensors");
  for (const std::string& name : source_->names()) {
    if (!name.starts_with(kPrefix) || !(name.ends_with(kA) || name.ends_with(kB)))
      refuse(source_->path(), "tensor '" + name + "' is no part of a LoRA adapter");
    modules_.insert(name.substr(kPrefix.size(), name.size() - kPrefix.size() - kA.size()));
  }
}

Matrix LoraAdapter::delta(const std::string& module, std::int64_t outputs, std::int64_t inputs) const {
  if (!modules_.contains(module)) return {};
  const std::string prefix = std::string(kPrefix) + module;
  const StoredTensor down = source_->at(prefix + std::string(kA));
  const std::int64_t rank = down.shape.empty() ? 0 : down.shape[0];
  if (rank < 1) refuse(source_->path(), "tensor '" + prefix + std::string(kA) + "' has no rank");
  const Matrix a = source_->matrix(prefix + std::string(kA), rank, inputs);
  Matrix b = source_->matrix(prefix + std::string(kB), outputs, rank);
  const double scale = alpha_ / (root_scale_ ? std::sqrt(static_cast<double>(rank)) : static_cast<double>(rank));
  for (std::int64_t n = 0; n < outputs; ++n)
    for (float& v : b.row(n)) v = static_cast<float>(v * scale);
  Matrix out(outputs, inputs);
  multiply(b.data(), outputs, rank, PackedMatrix::pack(a, /*transposed=*/false), out.data(), inputs);
  return out;
}

}  // namespace genre
