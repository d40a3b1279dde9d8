#include "genre/lm/encoder_adapter.h"

#include <algorithm>

#include "genre/base/error.h"
#include "genre/lm/adapter_folder.h"
#include "genre/lm/virtual_tokens.h"

namespace genre {
namespace {

// In front of every module of the transformer, where the adapter's modules have it.
std::string module_prefix(const std::set<std::string>& modules, const EncoderArchitecture& names) {
  const auto prefixed = [&](const auto& module) { return module.starts_with(names.prefix); };
  return std::ranges::any_of(modules, prefixed) ? std::string(names.prefix) : "";
}

EncoderAdapter read_lora(const LoraAdapter& adapter, const EncoderConfig& config) {
  const EncoderArchitecture& names = *config.architecture;
  const std::string prefix = module_prefix(adapter.modules(), names);
  std::set<std::string> modules = {prefix + "pooler.dense"};
  EncoderAdapter out;
  for (int l = 0; l < config.layers; ++l) {
    const std::string layer = prefix + layer_prefix(names.layer, l);
    const auto read = [&](std::initializer_list<std::string_view> parts, std::int64_t outputs, std::int64_t inputs) {
      std::vector<LoraProduct::Part> named;
      for (const std::string_view part : parts) {
        named.push_back({layer + std::string(part), outputs});
        modules.insert(named.back().module);
      }
      return LoraProduct(adapter, named, inputs);
    };
    const std::int64_t width = config.hidden, attended = std::int64_t{config.heads_of(l)} * config.head_size();
    out.layers.push_back({.query_key_value = !config.attention_together
                                                 ? read({names.query, names.key, names.value}, attended, width)
                                                 : read({names.query_key_value}, 3 * attended, width),
                          .attention_output = read({names.attention_output}, width, attended),
                          .inner = read({names.inner}, (names.gated ? 2 : 1) * config.intermediate, width),
                          .outer = read({names.outer}, width, config.intermediate)});
  }
  adapter.expect_modules(modules);
  return out;
}

EncoderAdapter read_bottlenecks(const BottleneckAdapter& adapter, const EncoderConfig& config) {
  const EncoderArchitecture& names = *config.architecture;
  const std::string prefix = module_prefix(adapter.modules(), names);
  std::set<std::string> modules;
  EncoderAdapter out;
  out.reads_sum = adapter.reads_sum();
  for (int l = 0; l < config.layers; ++l) {
    const auto read = [&](std::string_view module) {
      const auto [name, added] = modules.insert(prefix + layer_prefix(names.layer, l) + std::string(module));
      return adapter.at(*name, config.hidden);
    };
    EncoderAdapter::Layer& layer = out.layers.emplace_back();
    layer.after_attention = read(names.attention_adapters);
    layer.after_feed_forward = read(names.output_adapters);
  }
  adapter.expect_modules(modules);
  return out;
}

EncoderAdapter read_prompt(const std::filesystem::path& folder, const EncoderConfig& config) {
  EncoderAdapter out;
  out.layers.resize(config.layers);
  out.prompt = read_virtual_tokens(folder, config.embedding);
  if (out.prompt.rows() >= config.positions)
    throw Error(
        ErrorCode::kData,
        std::to_string(out.prompt.rows()) + " virtual tokens leave no room among " + std::to_string(config.positions),
        "choose the model that the adapter was trained on", {.file = folder.string()});
  return out;
}

}  // namespace

std::size_t EncoderAdapter::bytes() const {
  std::size_t sum = prompt.values().size() * sizeof(float);
  for (const Layer& layer : layers)
    sum += layer.query_key_value.bytes() + layer.attention_output.bytes() + layer.inner.bytes() + layer.outer.bytes() +
           layer.after_attention.bytes() + layer.after_feed_forward.bytes();
  return sum;
}

EncoderAdapter read_encoder_adapter(const std::filesystem::path& folder, const EncoderConfig& config) {
  switch (adapter_kind(folder)) {
    case AdapterKind::kBottleneck:
      return read_bottlenecks(BottleneckAdapter(folder), config);
    case AdapterKind::kPrompt:
      return read_prompt(folder, config);
    case AdapterKind::kPrefix:
      throw Error(ErrorCode::kData, "encoders have no prefixes of keys and values", "choose prompt tuning",
                  {.file = (folder / "adapter_config.json").string()});
    case AdapterKind::kLowRank:
    case AdapterKind::kScales:  // refused there
      break;
  }
  return read_lora(LoraAdapter(folder), config);
}

}  // namespace genre
