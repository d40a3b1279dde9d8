#include "genre/torch/decoder.h"

#include <torch/torch.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/adapter_folder.h"
#include "genre/lm/tensor_source.h"
#include "genre/torch/block_weights.h"
#include "genre/torch/rotary.h"

namespace genre::trainer {

Decoder::Decoder(const std::filesystem::path& folder, Parameters& parameters) : parameters_(parameters) {
  if (!std::filesystem::exists(folder / "config.json"))
    throw Error(ErrorCode::kConfig, "a decoder is trained from a folder with config.json and safetensors",
                "genre lm convert makes one of a GGUF file", {.file = folder.string(), .key = "lm.model"});
  expect_no_adapter(folder);
  config_ = read_decoder_config(folder);
  const auto source = open_tensors(folder);
  std::string prefix = decoder_module_prefix(config_);
  const std::string table = config_.gpt2() ? "wte.weight" : "embed_tokens.weight";
  if (!source->has(prefix + table) && source->has(table)) prefix.clear();
  const DecoderNames in_file = hugging_face_decoder_names(config_, prefix);
  names_ = hugging_face_decoder_names(config_, decoder_module_prefix(config_));
  words_ = names_.tokens + ".weight";

  int depth = 0;
  const auto add = [&](const std::string& name, const std::string& stored, std::int64_t rows, std::int64_t cols) {
    const Matrix matrix = source->matrix(stored, rows, cols);
    torch::Tensor value = torch::from_blob(const_cast<float*>(matrix.data()), {rows, cols});
    parameters.add(name, rows == 1 && !name.ends_with("lm_head.weight") ? value.flatten() : value, depth);
  };
  const std::int64_t width = config_.width, size = config_.head_size, queries = config_.heads * size,
                     keys = config_.key_value_heads * size, inner = config_.intermediate;
  add(words_, in_file.tokens + ".weight", config_.vocabulary, width);
  if (config_.gpt2()) add(names_.positions + ".weight", in_file.positions + ".weight", config_.positions, width);
  const auto add_norm = [&](const std::string& name, const std::string& stored, std::int64_t count) {
    add(name + ".weight", stored + ".weight", 1, count);
    if (config_.gpt2()) add(name + ".bias", stored + ".bias", 1, count);
  };
  for (int layer = 0; layer < config_.layers; ++layer) {
    depth = layer + 1;
    const std::string from = in_file.layer_prefix + std::to_string(layer) + ".";
    const DecoderLayerNames& n = names_.layer;
    const auto add_linear = [&](const std::string& part, std::int64_t outputs, std::int64_t inputs, bool bias) {
      if (names_.input_major)
        add(name(layer, part) + ".weight", from + part + ".weight", inputs, outputs);
      else
        add(name(layer, part) + ".weight", from + part + ".weight", outputs, inputs);
      if (bias) add(name(layer, part) + ".bias", from + part + ".bias", 1, outputs);
    };
    add_norm(name(layer, n.attention_norm), from + n.attention_norm, width);
    if (n.query_key_value.size() == 1) {
      add_linear(n.query_key_value[0], queries + 2 * keys, width, config_.attention_bias);
    } else {
      add_linear(n.query_key_value[0], queries, width, config_.attention_bias);
      add_linear(n.query_key_value[1], keys, width, config_.attention_bias);
      add_linear(n.query_key_value[2], keys, width, config_.attention_bias);
    }
    if (config_.head_norms)
      for (const std::string& part : {n.query_norm, n.key_norm})
        add(name(layer, part) + ".weight", from + part + ".weight", 1, size);
    add_linear(n.attention_output, width, queries, config_.output_bias);
    add_norm(name(layer, n.feed_forward_norm), from + n.feed_forward_norm, width);
    for (const std::string& part : n.inner) add_linear(part, inner, width, config_.feed_forward_bias);
    add_linear(n.outer, width, inner, config_.feed_forward_bias);
  }
  depth = config_.layers;
  add_norm(names_.norm, in_file.norm, width);
  if (!config_.tied_head) add(names_.head + ".weight", in_file.head + ".weight", config_.vocabulary, width);
}

std::string Decoder::linear_name(int layer, std::string_view which) const {
  const DecoderLayerNames& n = names_.layer;
  const bool apart = n.query_key_value.size() == 3;
  if (which == "query_key_value") return apart ? "" : name(layer, n.query_key_value[0]);
  if (which == "query") return apart ? name(layer, n.query_key_value[0]) : "";
  if (which == "key") return apart ? name(layer, n.query_key_value[1]) : "";
  if (which == "value") return apart ? name(layer, n.query_key_value[2]) : "";
  if (which == "attention_output") return name(layer, n.attention_output);
  if (which == "gate") return n.inner.size() == 2 ? name(layer, n.inner[0]) : "";
  if (which == "inner") return name(layer, n.inner.back());
  return which == "outer" ? name(layer, n.outer) : "";
}

std::int64_t Decoder::inputs(const std::string& name) const {
  return parameters_.sizes(name + ".weight")[names_.input_major ? 0 : 1];
}
std::int64_t Decoder::outputs(const std::string& name) const {
  return parameters_.sizes(name + ".weight")[names_.input_major ? 1 : 0];
}

torch::Tensor Decoder::product(const std::string& name, const torch::Tensor& x) const {
  const std::string bias = name + ".bias";
  return weight_product(parameters_, name + ".weight", x,
                        parameters_.has(bias) ? parameters_.on_device(bias) : torch::Tensor(),
                        names_.input_major ? Layout::kInputsByOutputs : Layout::kOutputsByInputs);
}

torch::Tensor Decoder::norm(const std::string& name, const torch::Tensor& x) const {
  const torch::Tensor& gain = parameters_.on_device(name + ".weight");
  if (config_.gpt2())
    return torch::layer_norm(x, {x.size(-1)}, gain, parameters_.on_device(name + ".bias"), config_.epsilon);
  const torch::Tensor wide = x.to(torch::kFloat32);
  return wide * torch::rsqrt(wide.pow(2).mean(-1, /*keepdim=*/true) + config_.epsilon) * gain;
}

torch::Tensor Decoder::attend(int layer, const torch::Tensor& x, const PackedBatch& batch,
                              const torch::Tensor& mask) const {
  const DecoderLayerNames& n = names_.layer;
  const std::int64_t size = config_.head_size, heads = config_.heads, shared = config_.key_value_heads;
  std::vector<torch::Tensor> qkv;
  if (n.query_key_value.size() == 1)
    qkv =
        linear(name(layer, n.query_key_value[0]), x).split_with_sizes({heads * size, shared * size, shared * size}, 1);
  else
    for (const std::string& part : n.query_key_value) qkv.push_back(linear(name(layer, part), x));
  torch::Tensor prefix;  // key or value x head x token x number in it
  if (parameters_.has(kVirtualKeysAndValues))
    prefix = parameters_.on_device(kVirtualKeysAndValues)
                 .view({-1, config_.layers, 2, shared, size})
                 .select(1, layer)
                 .permute({1, 2, 0, 3});
  const torch::Tensor positions = prefix.defined() ? batch.positions + prefix.size(2) : batch.positions;
  for (int which = 0; which < 3; ++which) {
    torch::Tensor one = qkv[which].reshape({x.size(0), which == 0 ? heads : shared, size});
    if (config_.head_norms && which < 2) one = norm(name(layer, which == 0 ? n.query_norm : n.key_norm), one);
    if (!config_.rope_frequencies.empty() && which < 2) one = rotate(one, positions, config_.rope_frequencies);
    if (batch.padded.defined()) one = one.index_select(0, batch.padded);
    one = one.view({batch.sequences, batch.longest, one.size(1), size}).transpose(1, 2);
    if (prefix.defined() && which > 0)
      one = torch::cat({prefix[which - 1].unsqueeze(0).expand({batch.sequences, -1, -1, -1}).to(one.dtype()), one}, 2);
    qkv[which] = which > 0 && shared < heads ? one.repeat_interleave(heads / shared, 1) : one;
  }
  const torch::Tensor scores =
      torch::matmul(qkv[0] * (1.0 / std::sqrt(static_cast<double>(size))), qkv[1].transpose(2, 3)) +
      (prefix.defined() ? torch::constant_pad_nd(mask, {prefix.size(2), 0}) : mask);
  const torch::Tensor mixed = torch::matmul(torch::softmax(scores, 3, torch::kFloat32).to(qkv[2].dtype()), qkv[2]);
  torch::Tensor out = mixed.transpose(1, 2).reshape({batch.sequences * batch.longest, heads * size});
  if (batch.place.defined()) out = out.index_select(0, batch.place);
  return linear(name(layer, n.attention_output), out);
}

torch::Tensor Decoder::feed_forward(int layer, const torch::Tensor& x) const {
  const DecoderLayerNames& n = names_.layer;
  torch::Tensor inside = linear(name(layer, n.inner[0]), x);
  inside = config_.gpt2() ? torch::gelu(inside, "tanh") : torch::silu(inside) * linear(name(layer, n.inner[1]), x);
  return linear(name(layer, n.outer), inside);
}

torch::Tensor Decoder::one_layer(int layer, torch::Tensor x, const PackedBatch& batch,
                                 const torch::Tensor& mask) const {
  const auto add = [&](Block block, const torch::Tensor& given) {
    x = x + behind_block(layer, block, given, [&] { return x + given; });
  };
  add(Block::kAttention, attend(layer, norm(name(layer, names_.layer.attention_norm), x), batch, mask));
  add(Block::kFeedForward, feed_forward(layer, norm(name(layer, names_.layer.feed_forward_norm), x)));
  return x;
}

torch::Tensor Decoder::states(const PackedBatch& batch) const {
  torch::Tensor x = look_up(parameters_, words_, batch.ids);
  if (config_.gpt2()) {
    const std::int64_t first =
        parameters_.has(kVirtualKeysAndValues) ? parameters_.at(kVirtualKeysAndValues).size(0) : 0;
    x = x + look_up(parameters_, names_.positions + ".weight", batch.positions + first);
  }
  torch::Tensor mask = torch::full({batch.longest, batch.longest}, kHidden, batch.lengths.options())
                           .triu(1)
                           .view({1, 1, batch.longest, -1});
  if (batch.mask.defined()) mask = mask + batch.mask;
  for (int layer = 0; layer < config_.layers; ++layer)
    x = run_layer(
        x, [this, layer, batch, mask](const torch::Tensor& states) { return one_layer(layer, states, batch, mask); });
  return norm(names_.norm, x);
}

torch::Tensor Decoder::logits(const torch::Tensor& states) const {
  return weight_product(parameters_, config_.tied_head ? words_ : names_.head + ".weight", states).to(torch::kFloat32);
}

}  // namespace genre::trainer
