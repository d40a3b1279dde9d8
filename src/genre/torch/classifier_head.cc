#include "genre/torch/classifier_head.h"

#include <torch/torch.h>

#include "genre/lm/tensor_source.h"
#include "genre/torch/dropout.h"

namespace genre::trainer {

ClassifierHead::ClassifierHead(const ClassifierConfig& config, TunedEncoder& encoder, std::string prefix)
    : config_(config), names_(*config.encoder.architecture), encoder_(encoder), prefix_(std::move(prefix)) {
  const std::int64_t width = config.encoder.hidden, labels = static_cast<std::int64_t>(config.labels.size());
  const auto source = open_tensors(config.encoder.folder);
  const std::string dense(names_.head_dense), norm(names_.head_norm), output(names_.head_output),
      stored_prefix(names_.prefix);
  // The tensor of the checkpoint, with or without the architecture's prefix, or `fresh`.
  const auto stored_or = [&](const std::string& name, const torch::Tensor& fresh) {
    for (const std::string& stored :
         {name, name.starts_with(stored_prefix) ? name.substr(stored_prefix.size()) : name}) {
      if (!source->has(stored)) continue;
      const bool vector = fresh.dim() == 1;
      const Matrix matrix = source->matrix(stored, vector ? 1 : fresh.size(0), fresh.size(-1));
      return torch::from_blob(const_cast<float*>(matrix.data()), fresh.sizes()).clone();
    }
    return fresh;
  };
  const auto add = [&](const std::string& name, const torch::Tensor& fresh) {
    encoder.add_head(this->name(name), stored_or(name, fresh));
  };
  constexpr double kDeviation = 0.02;
  add(dense + ".weight", torch::randn({width, width}) * kDeviation);
  if (config.dense_bias) add(dense + ".bias", torch::zeros({width}));
  if (!norm.empty()) {
    add(norm + ".weight", torch::ones({width}));
    if (config.norm_bias) add(norm + ".bias", torch::zeros({width}));
  }
  const torch::Tensor weight = torch::randn({labels, width}) * kDeviation, bias = torch::zeros({labels});
  const bool same =
      read_classifier_config(config.encoder.folder).labels == config.labels && source->has(output + ".weight");
  encoder.add_head(name(output) + ".weight", same ? stored_or(output + ".weight", weight) : weight);
  encoder.add_head(name(output) + ".bias", same ? stored_or(output + ".bias", bias) : bias);
}

torch::Tensor ClassifierHead::apply(const torch::Tensor& pooled, double dropout) const {
  const Parameters& parameters = encoder_.parameters();
  torch::Tensor x = activate(config_.activation, apply_linear(parameters, name(names_.head_dense), pooled));
  if (!names_.head_norm.empty()) {
    const std::string norm = name(names_.head_norm), bias = norm + ".bias";
    x = torch::layer_norm(x, {x.size(1)}, parameters.on_device(norm + ".weight"),
                          parameters.has(bias) ? parameters.on_device(bias) : torch::Tensor(), config_.encoder.epsilon);
  }
  return apply_linear(parameters, name(names_.head_output), drop(x, dropout)).to(torch::kFloat32);
}

std::vector<std::string> ClassifierHead::modules() const {
  std::vector<std::string> out = {name(names_.head_dense), name(names_.head_output)};
  if (!names_.head_norm.empty()) out.push_back(name(names_.head_norm));
  return out;
}

}  // namespace genre::trainer
