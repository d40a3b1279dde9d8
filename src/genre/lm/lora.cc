#include "genre/lm/lora.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/linalg/gemm.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = "base_model.model.", kA = ".lora_A", kB = ".lora_B", kE = ".lora_E";

[[noreturn]] void refuse(const fs::path& path, const std::string& fault) {
  throw Error(ErrorCode::kData, fault, "merge the adapter with PEFT and convert the model", {.file = path.string()});
}

}  // namespace

LoraAdapter::LoraAdapter(const fs::path& folder) {
  const fs::path path = folder / "adapter_config.json";
  const std::string text = read_file(path);
  try {
    const auto config = nlohmann::json::parse(text);
    if (config.at("peft_type") != "LORA" && config.at("peft_type") != "ADALORA")
      refuse(path, "peft_type is " + config.at("peft_type").dump() + ", wanted LORA or ADALORA");
    alpha_ = config.at("lora_alpha").get<double>();
    if (config.at("peft_type") == "ADALORA") {
      const double rank = config.at("init_r").get<double>();
      if (!(rank >= 1)) refuse(path, "init_r is below 1");
      shared_rank_ = rank + 1e-5;
      if (alpha_ <= 0) alpha_ = rank;
    }
    root_scale_ = config.value("use_rslora", false);
    if (const auto base = config.find("base_model_name_or_path"); base != config.end() && base->is_string())
      base_ = *base;
    if (!std::isfinite(alpha_)) refuse(path, "lora_alpha is not finite");
    for (const char* const key : {"use_dora", "lora_bias", "use_qalora"})
      if (const auto found = config.find(key); found != config.end() && found->is_boolean() && found->get<bool>())
        refuse(path, std::string(key) + " is not supported");
    if (config.value("bias", "none") != "none") refuse(path, "trained biases are not supported");
    for (const char* const key : {"modules_to_save", "alpha_pattern", "layer_replication"})
      if (config.contains(key) && !config.at(key).empty()) refuse(path, std::string(key) + " is not supported");
  } catch (const nlohmann::json::exception& e) {
    refuse(path, std::string("not a valid adapter configuration: ") + e.what());
  }
  source_ = open_tensors(folder / "adapter_model.safetensors");
  const std::string end = tensor_end();
  for (const std::string& name : source_->names()) {
    const bool known = name.ends_with(std::string(kA) + end) || name.ends_with(std::string(kB) + end) ||
                       (shared_rank_ > 0 && name.ends_with(kE));
    if (!name.starts_with(kPrefix) || !known)
      refuse(source_->path(), "tensor '" + name + "' is no part of a LoRA adapter");
    modules_.insert(name.substr(kPrefix.size(), name.size() - kPrefix.size() - kA.size() - end.size()));
  }
}

void LoraAdapter::refuse_model(const std::string& fault) const {
  throw Error(ErrorCode::kData, fault,
              base_.empty() ? "choose the model that the adapter was trained on"
                            : "the adapter says it was trained on '" + base_ + "': choose that model",
              {.file = source_->path().string()});
}

Matrix LoraAdapter::matrix(const std::string& name, std::int64_t rows, std::int64_t cols) const {
  const auto shape = source_->at(name).shape;
  if (shape != std::vector{rows, cols}) {
    std::string found;
    for (const auto extent : shape) found += (found.empty() ? "" : " x ") + std::to_string(extent);
    refuse_model("tensor '" + name + "' is " + found + ", for this model it would be " + std::to_string(rows) + " x " +
                 std::to_string(cols));
  }
  return source_->matrix(name, rows, cols);
}

void LoraAdapter::expect_modules(const std::set<std::string>& modules) const {
  for (const auto& module : modules_)
    if (!modules.contains(module)) refuse_model("the adapter changes '" + module + "', which the model does not have");
}

std::optional<LoraFactors> LoraAdapter::factors(const std::string& module, std::int64_t outputs,
                                                std::int64_t inputs) const {
  if (!modules_.contains(module)) return std::nullopt;
  const std::string prefix = std::string(kPrefix) + module, down = prefix + std::string(kA) + tensor_end(),
                    up = prefix + std::string(kB) + tensor_end();
  const auto shape = source_->at(down).shape;
  const std::int64_t rank = shape.empty() ? 0 : shape[0];
  if (rank == 0 && shared_rank_ > 0) return std::nullopt;  // all of it was given to other modules
  if (rank < 1) refuse(source_->path(), "tensor '" + down + "' has no rank");
  LoraFactors out{matrix(down, rank, inputs), matrix(up, outputs, rank)};
  const double divisor = shared_rank_ > 0 ? shared_rank_
                         : root_scale_    ? std::sqrt(static_cast<double>(rank))
                                          : static_cast<double>(rank);
  std::vector<double> scales(rank, alpha_ / divisor);
  if (shared_rank_ > 0) {
    const Matrix values = matrix(prefix + std::string(kE), rank, 1);
    for (std::int64_t r = 0; r < rank; ++r) scales[r] *= values.row(r)[0];
  }
  for (std::int64_t n = 0; n < outputs; ++n)
    for (std::int64_t r = 0; r < rank; ++r) out.up.row(n)[r] = static_cast<float>(out.up.row(n)[r] * scales[r]);
  return out;
}

Matrix LoraAdapter::delta(const std::string& module, std::int64_t outputs, std::int64_t inputs) const {
  const auto found = factors(module, outputs, inputs);
  if (!found) return {};
  Matrix out(outputs, inputs);
  multiply(found->up.data(), outputs, found->up.cols(), PackedMatrix::pack(found->down, /*transposed=*/false),
           out.data(), inputs);
  return out;
}

}  // namespace genre
