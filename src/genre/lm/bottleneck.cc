#include "genre/lm/bottleneck.h"

#include "genre/base/error.h"
#include "genre/lm/encoder_config.h"
#include "genre/lm/model_json.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr const char* kHint = "train an adapter of Houlsby's or Pfeiffer's form";

}  // namespace

void Bottleneck::add(ConstMatrixView x, MatrixView y) const {
  Matrix narrow(x.rows(), down_.outputs());
  down_.apply(x, narrow.view(), activation_);
  up_.apply(narrow, y, Activation::kNone, y.data());
}

BottleneckAdapter::BottleneckAdapter(const fs::path& folder) {
  const ModelJson file(folder / "adapter_config.json"), config = file.at("config");
  name_ = file.at("name").text();
  base_ = file.text("model_name", "");
  for (const char* const key : {"ln_before", "ln_after", "is_parallel", "use_gating", "phm_layer", "cross_adapter",
                                "adapter_residual_before_ln"})
    if (config.boolean(key, false)) config.at(key).refuse("is not supported", kHint);
  if (config.has("inv_adapter")) config.at("inv_adapter").refuse("is not supported", kHint);
  for (const char* const key : {"original_ln_after", "residual_before_ln"})
    if (!config.boolean(key, true)) config.at(key).refuse("is not supported", kHint);
  reads_sum_ = config.boolean("original_ln_before", false);
  scale_ = config.number("scaling", 1);
  const ModelJson activation = config.at("non_linearity");
  activation_ = activation.text() == "swish" ? Activation::kSilu : read_activation(activation);

  source_ = open_tensors(folder / "adapter.safetensors");
  for (const std::string& tensor : source_->names()) {
    const std::size_t end = tensor.find(".adapters." + name_ + ".adapter_");
    if (end == std::string::npos)
      throw Error(ErrorCode::kData, "tensor '" + tensor + "' is no part of a bottleneck adapter named '" + name_ + "'",
                  "save the adapter again", {.file = source_->path().string()});
    modules_.insert(tensor.substr(0, end));
  }
}

void BottleneckAdapter::refuse_model(const std::string& fault) const {
  throw Error(ErrorCode::kData, fault,
              base_.empty() ? "choose the model that the adapter was trained on"
                            : "the adapter says it was trained on '" + base_ + "': choose that model",
              {.file = source_->path().string()});
}

Bottleneck BottleneckAdapter::at(const std::string& module, std::int64_t width) const {
  if (!modules_.contains(module)) return {};
  const std::string place = module + ".adapters." + name_ + ".adapter_";
  const auto shape = source_->at(place + "down.0.weight").shape;
  const std::int64_t narrow = shape.empty() ? 0 : shape[0];
  if (shape != std::vector{narrow, width} || narrow < 1)
    refuse_model("tensor '" + place + "down.0.weight' is not of a model of width " + std::to_string(width));
  Matrix up = source_->matrix(place + "up.weight", width, narrow);
  std::vector<float> shift = source_->vector(place + "up.bias", width);
  for (std::int64_t r = 0; r < width; ++r)
    for (float& v : up.row(r)) v = static_cast<float>(v * scale_);
  for (float& v : shift) v = static_cast<float>(v * scale_);
  return {Linear(source_->matrix(place + "down.0.weight", narrow, width),
                 source_->vector(place + "down.0.bias", narrow), EncoderPrecision::kFp32),
          activation_, Linear(up, std::move(shift), EncoderPrecision::kFp32)};
}

void BottleneckAdapter::expect_modules(const std::set<std::string>& modules) const {
  for (const std::string& module : modules_)
    if (!modules.contains(module))
      refuse_model("the adapter stands behind '" + module + "', which the model does not have");
}

}  // namespace genre
