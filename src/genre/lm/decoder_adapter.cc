#include "genre/lm/decoder_adapter.h"

#include "genre/lm/adapter_folder.h"
#include "genre/lm/decoder_names.h"

namespace genre {
namespace {

DecoderAdapter read_lora(const LoraAdapter& adapter, const DecoderConfig& config) {
  const DecoderNames names = hugging_face_decoder_names(config, decoder_module_prefix(config));
  const std::int64_t queries = std::int64_t{config.heads} * config.head_size,
                     keys = std::int64_t{config.key_value_heads} * config.head_size;
  std::set<std::string> modules;
  const auto read = [&](const std::vector<LoraProduct::Part>& parts, std::int64_t inputs) {
    for (const auto& part : parts) modules.insert(part.module);
    return LoraProduct(adapter, parts, inputs);
  };
  DecoderAdapter out;
  for (int l = 0; l < config.layers; ++l) {
    const std::string prefix = names.layer_prefix + std::to_string(l) + ".";
    const auto& n = names.layer;
    std::vector<LoraProduct::Part> attention, inner;
    if (n.query_key_value.size() == 1)
      attention = {{prefix + n.query_key_value[0], queries + 2 * keys}};
    else
      attention = {{prefix + n.query_key_value[0], queries},
                   {prefix + n.query_key_value[1], keys},
                   {prefix + n.query_key_value[2], keys}};
    for (const auto& name : n.inner) inner.push_back({prefix + name, config.intermediate});
    out.layers.push_back({.query_key_value = read(attention, config.width),
                          .attention_output = read({{prefix + n.attention_output, config.width}}, queries),
                          .inner = read(inner, config.width),
                          .outer = read({{prefix + n.outer, config.width}}, config.intermediate)});
  }
  out.head = read({{names.head, config.vocabulary}}, config.width);
  adapter.expect_modules(modules);
  return out;
}

DecoderAdapter read_bottlenecks(const BottleneckAdapter& adapter, const DecoderConfig& config) {
  const DecoderNames names = hugging_face_decoder_names(config, decoder_module_prefix(config));
  std::set<std::string> modules;
  DecoderAdapter out;
  out.reads_sum = adapter.reads_sum();
  for (int l = 0; l < config.layers; ++l) {
    const auto read = [&](const std::string& module) {
      const auto [name, added] = modules.insert(names.layer_prefix + std::to_string(l) + "." + module);
      return adapter.at(*name, config.width);
    };
    DecoderAdapter::Layer& layer = out.layers.emplace_back();
    layer.after_attention = read(names.layer.attention_adapters);
    layer.after_feed_forward = read(names.layer.output_adapters);
  }
  adapter.expect_modules(modules);
  return out;
}

}  // namespace

std::size_t DecoderAdapter::bytes() const {
  std::size_t sum = head.bytes();
  for (const Layer& layer : layers)
    sum += layer.query_key_value.bytes() + layer.attention_output.bytes() + layer.inner.bytes() + layer.outer.bytes() +
           layer.after_attention.bytes() + layer.after_feed_forward.bytes();
  return sum;
}

DecoderAdapter read_decoder_adapter(const std::filesystem::path& folder, const DecoderConfig& config) {
  if (adapter_kind(folder) == AdapterKind::kBottleneck) return read_bottlenecks(BottleneckAdapter(folder), config);
  return read_lora(LoraAdapter(folder), config);
}

}  // namespace genre
