#include "genre/lm/encoder_adapter.h"

#include <algorithm>

namespace genre {

std::size_t EncoderAdapter::bytes() const {
  std::size_t sum = 0;
  for (const Layer& layer : layers)
    sum += layer.query_key_value.bytes() + layer.attention_output.bytes() + layer.inner.bytes() + layer.outer.bytes();
  return sum;
}

EncoderAdapter read_encoder_adapter(const LoraAdapter& adapter, const EncoderConfig& config) {
  const EncoderArchitecture& names = *config.architecture;
  const bool prefixed =
      std::ranges::any_of(adapter.modules(), [&](const auto& module) { return module.starts_with(names.prefix); });
  const std::string prefix = prefixed ? std::string(names.prefix) : "";
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

}  // namespace genre
