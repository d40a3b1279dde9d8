#include "genre/torch/bottleneck.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "genre/base/file.h"
#include "genre/base/safetensors.h"

namespace genre::trainer {
namespace {

constexpr std::int64_t kReduction = 16;
constexpr Block kBlocks[] = {Block::kAttention, Block::kFeedForward};

}  // namespace

BottleneckAdapters::BottleneckAdapters(const BottleneckOptions& options, int first, Transformer& model,
                                       Parameters& parameters)
    : houlsby_(options.kind == "houlsby"),
      first_(first),
      narrow_(options.width > 0 ? options.width : std::max<std::int64_t>(1, model.width() / kReduction)),
      model_(model),
      parameters_(parameters) {
  constexpr double kDeviation = 0.01;
  const auto random = [&](std::int64_t outputs, std::int64_t inputs) {
    const double bound = std::erf(std::sqrt(2.0));  // what of a normal distribution lies within two deviations
    return torch::empty({outputs, inputs}).uniform_(-bound, bound).erfinv_() * (kDeviation * std::sqrt(2.0));
  };
  const std::int64_t width = model.width();
  for (int layer = 0; layer < model.layers(); ++layer)
    for (const Block block : kBlocks) {
      if (!stands_behind(layer, block)) continue;
      add_adapter_tensor(parameters, down(layer, block) + ".weight", random(narrow_, width), layer);
      add_adapter_tensor(parameters, down(layer, block) + ".bias", torch::zeros({narrow_}), layer);
      add_adapter_tensor(parameters, up(layer, block) + ".weight", random(width, narrow_), layer);
      add_adapter_tensor(parameters, up(layer, block) + ".bias", torch::zeros({width}), layer);
    }
  model.set_behind_blocks(
      [this](int layer, Block block, const torch::Tensor& given, const std::function<torch::Tensor()>& sum) {
        return apply(layer, block, given, sum);
      });
}

std::string BottleneckAdapters::place(int layer, Block block) const {
  return model_.adapters_name(layer, block) + kBottleneckPlace + "adapter_";
}

torch::Tensor BottleneckAdapters::apply(int layer, Block block, const torch::Tensor& given,
                                        const std::function<torch::Tensor()>& sum) const {
  if (!stands_behind(layer, block)) return given;
  const auto product = [&](const std::string& name, const torch::Tensor& x) {
    return torch::linear(x, parameters_.on_device(name + ".weight"), parameters_.on_device(name + ".bias"));
  };
  const torch::Tensor inside = product(down(layer, block), houlsby_ ? given : sum());
  return given + product(up(layer, block), houlsby_ ? torch::silu(inside) : torch::relu(inside));
}

void BottleneckAdapters::save(const std::filesystem::path& folder, const AdapterFile& file) const {
  SafetensorsWriter out;
  for (int layer = 0; layer < model_.layers(); ++layer)
    for (const Block block : kBlocks) {
      if (!stands_behind(layer, block)) continue;
      for (const std::string& product : {down(layer, block), up(layer, block)})
        for (const char* end : {".weight", ".bias"}) {
          const torch::Tensor& value = parameters_.at(product + end);
          out.add<float>(name_in_class(file, product + end), numbers_of(value), value.sizes().vec());
        }
    }
  out.set_metadata("format", "pt");
  const std::int64_t width = model_.width();
  // AdapterHub computes the width of a bottleneck as floor(D / reduction).
  const double reduction = width % narrow_ == 0 ? static_cast<double>(width / narrow_)
                                                : static_cast<double>(width) / (static_cast<double>(narrow_) + 0.5);
  nlohmann::ordered_json frozen = nlohmann::ordered_json::array();
  for (int layer = 0; layer < first_; ++layer) frozen.push_back(layer);
  const nlohmann::ordered_json form = {{"mh_adapter", houlsby_},
                                       {"output_adapter", true},
                                       {"reduction_factor", reduction},
                                       {"non_linearity", houlsby_ ? "swish" : "relu"},
                                       {"original_ln_before", !houlsby_},
                                       {"original_ln_after", true},
                                       {"ln_before", false},
                                       {"ln_after", false},
                                       {"is_parallel", false},
                                       {"scaling", 1.0},
                                       {"use_gating", false},
                                       {"residual_before_ln", true},
                                       {"adapter_residual_before_ln", false},
                                       {"inv_adapter", nullptr},
                                       {"cross_adapter", false},
                                       {"leave_out", frozen},
                                       {"phm_layer", false}};
  const nlohmann::ordered_json config = {{"config", form},
                                         {"hidden_size", width},
                                         {"model_name", file.base_model},
                                         {"model_type", model_.kind()},
                                         {"name", "genre"}};
  write_file_atomic(folder / "adapter_config.json", config.dump(2) + "\n");
  out.write(folder / "adapter.safetensors");
}

}  // namespace genre::trainer
