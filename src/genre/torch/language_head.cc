#include "genre/torch/language_head.h"

#include <torch/torch.h>

#include "genre/base/error.h"
#include "genre/lm/tensor_source.h"
#include "genre/torch/block_weights.h"

namespace genre::trainer {

struct LanguageHead::Names {
  std::string_view architecture, class_name, dense, norm, bias;
  bool always_gelu = false;  // whatever the layers' activation
};

const LanguageHead::Names* LanguageHead::find(std::string_view architecture) {
  static constexpr Names kNames[] = {
      {"bert", "BertForMaskedLM", "cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm",
       "cls.predictions.bias"},
      {"roberta", "RobertaForMaskedLM", "lm_head.dense", "lm_head.layer_norm", "lm_head.bias", true},
      {"xlm-roberta", "XLMRobertaForMaskedLM", "lm_head.dense", "lm_head.layer_norm", "lm_head.bias", true},
      {"camembert", "CamembertForMaskedLM", "lm_head.dense", "lm_head.layer_norm", "lm_head.bias", true},
      {"distilbert", "DistilBertForMaskedLM", "vocab_transform", "vocab_layer_norm", "vocab_projector.bias"},
      {"modernbert", "ModernBertForMaskedLM", "head.dense", "head.norm", "decoder.bias"}};
  for (const Names& one : kNames)
    if (one.architecture == architecture) return &one;
  throw Error(ErrorCode::kConfig,
              "models of the kind " + std::string(architecture) + " have no language head that is known here",
              "choose a bert, roberta, distilbert or modernbert model", {.key = "lm.model"});
}

LanguageHead::LanguageHead(TunedEncoder& encoder)
    : names_(*find(encoder.encoder().config().architecture->name)), encoder_(encoder) {
  const EncoderConfig& config = encoder.encoder().config();
  const auto source = open_tensors(config.folder);
  const std::int64_t width = config.hidden;
  fresh_ = !source->has(std::string(names_.dense) + ".weight");
  const auto add = [&](const std::string& name, const torch::Tensor& fresh, bool optional) {
    if (fresh_) return encoder_.add_head(name, fresh);
    std::string stored = name;
    // As WeightReader::norm: the first checkpoints say gamma and beta.
    if (!source->has(stored) && name.starts_with(names_.norm))
      stored = std::string(names_.norm) + (name.ends_with(".weight") ? ".gamma" : ".beta");
    if (!source->has(stored) && optional) return;
    const Matrix matrix = source->matrix(stored, fresh.dim() == 1 ? 1 : fresh.size(0), fresh.size(-1));
    encoder_.add_head(name, torch::from_blob(const_cast<float*>(matrix.data()), fresh.sizes()).clone());
  };
  const std::string dense(names_.dense), norm(names_.norm);
  constexpr double kDeviation = 0.02;
  add(dense + ".weight", torch::eye(width) + torch::randn({width, width}) * kDeviation, false);
  const bool biases = config.architecture->name != std::string_view("modernbert");
  if (biases) add(dense + ".bias", torch::zeros({width}), true);
  add(norm + ".weight", torch::ones({width}), false);
  if (biases) add(norm + ".bias", torch::zeros({width}), true);
  add(std::string(names_.bias), torch::zeros({config.vocabulary}), true);
}

torch::Tensor LanguageHead::apply(const torch::Tensor& states) const {
  const Parameters& parameters = encoder_.parameters();
  const EncoderConfig& config = encoder_.encoder().config();
  const auto or_nothing = [&](const std::string& name) {
    return parameters.has(name) ? parameters.on_device(name) : torch::Tensor();
  };
  const std::string norm(names_.norm);
  torch::Tensor x = activate(names_.always_gelu ? Activation::kGelu : config.activation,
                             apply_linear(parameters, std::string(names_.dense), states));
  x = torch::layer_norm(x, {x.size(1)}, parameters.on_device(norm + ".weight"), or_nothing(norm + ".bias"),
                        config.epsilon);
  return weight_product(parameters, encoder_.encoder().words(), x, or_nothing(std::string(names_.bias)))
      .to(torch::kFloat32);
}

std::string_view LanguageHead::class_name() const { return names_.class_name; }

}  // namespace genre::trainer
