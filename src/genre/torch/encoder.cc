#include "genre/torch/encoder.h"

#include <torch/torch.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/adapter_folder.h"
#include "genre/lm/tensor_source.h"
#include "genre/torch/block_weights.h"
#include "genre/torch/dropout.h"
#include "genre/torch/rotary.h"

namespace genre::trainer {
namespace {

torch::Tensor read(const TensorSource& source, const std::string& name, std::int64_t rows, std::int64_t cols) {
  const Matrix matrix = source.matrix(name, rows, cols);
  return torch::from_blob(const_cast<float*>(matrix.data()), {rows, cols}).clone();
}

torch::Tensor read_vector(const TensorSource& source, const std::string& name, std::int64_t size) {
  return torch::tensor(source.vector(name, size));
}

// Adds what the architecture names, from the checkpoint to the parameters.
class Reader {
 public:
  Reader(const TensorSource& source, std::string prefix_in_file, std::string prefix, Parameters& out)
      : source_(source), in_file_(std::move(prefix_in_file)), prefix_(std::move(prefix)), out_(out) {}

  void table(std::string_view name, std::int64_t rows, std::int64_t cols) {
    const std::string full = std::string(name) + ".weight";
    out_.add(prefix_ + full, read(source_, in_file_ + full, rows, cols), depth_);
  }
  void linear(std::string_view name, std::int64_t outputs, std::int64_t inputs, bool bias) {
    table(name, outputs, inputs);
    if (bias) vector(std::string(name) + ".bias", std::string(name) + ".bias", outputs);
  }
  // As WeightReader::norm: the first checkpoints say gamma and beta.
  void norm(const std::string& name, std::int64_t size, bool bias) {
    const bool old = source_.has(in_file_ + name + ".gamma");
    vector(name + (old ? ".gamma" : ".weight"), name + ".weight", size);
    if (bias) vector(name + (old ? ".beta" : ".bias"), name + ".bias", size);
  }
  void set_depth(int depth) { depth_ = depth; }

 private:
  void vector(const std::string& in_file, const std::string& name, std::int64_t size) {
    out_.add(prefix_ + name, read_vector(source_, in_file_ + in_file, size), depth_);
  }
  const TensorSource& source_;
  std::string in_file_, prefix_;
  Parameters& out_;
  int depth_ = 0;
};

}  // namespace

torch::Tensor activate(Activation activation, const torch::Tensor& x) {
  switch (activation) {
    case Activation::kNone:
      return x;
    case Activation::kGelu:
      return torch::gelu(x);
    case Activation::kGeluTanh:
      return torch::gelu(x, "tanh");
    case Activation::kRelu:
      return torch::relu(x);
    case Activation::kSilu:
      return torch::silu(x);
    case Activation::kTanh:
      return torch::tanh(x);
  }
  return x;
}

torch::Tensor apply_linear(const Parameters& parameters, const std::string& name, const torch::Tensor& x) {
  const std::string bias = name + ".bias";
  return weight_product(parameters, name + ".weight", x,
                        parameters.has(bias) ? parameters.on_device(bias) : torch::Tensor());
}

Encoder::Encoder(const EncoderConfig& config, Parameters& parameters)
    : config_(config), parameters_(parameters), prefix_(config.architecture->prefix) {
  const EncoderArchitecture& names = *config.architecture;
  if (config.relative_buckets > 0)
    throw Error(ErrorCode::kConfig, std::string(names.name) + " models cannot be trained: their position biases",
                "choose a model of another architecture", {.file = config.folder.string(), .key = "lm.model"});
  expect_no_adapter(config.folder);
  const auto source = open_tensors(config.folder);
  const std::string words = std::string(names.words) + ".weight";
  Reader reader(*source, source->has(words) ? "" : prefix_, prefix_, parameters);
  words_ = prefix_ + words;
  const std::int64_t width = config.embedding, hidden = config.hidden, inner = config.intermediate;
  reader.table(names.words, config.vocabulary, width);
  if (config.position_rows() > 0) reader.table(names.positions, config.position_rows(), width);
  if (config.types > 0) reader.table(names.types, config.types, width);
  reader.norm(std::string(names.embedding_norm), width, config.norm_bias);
  if (width != hidden) reader.linear(names.projection, hidden, width, true);
  for (int layer = 0; layer < config.layers; ++layer) {
    reader.set_depth(layer + 1);
    const auto of_layer = [&](std::string_view part) { return name(layer, part).substr(prefix_.size()); };
    if (!config.attention_together) {
      for (const std::string_view part : {names.query, names.key, names.value})
        reader.linear(of_layer(part), hidden, hidden, config.attention_bias);
    } else {
      reader.linear(of_layer(names.query_key_value), 3 * hidden, hidden, config.attention_bias);
    }
    reader.linear(of_layer(names.attention_output), hidden, hidden, config.attention_bias);
    if (layer > 0 || !names.norm_first) reader.norm(of_layer(names.attention_norm), hidden, config.norm_bias);
    reader.linear(of_layer(names.inner), names.gated ? 2 * inner : inner, hidden, config.inner_bias);
    reader.linear(of_layer(names.outer), hidden, inner, config.outer_bias);
    reader.norm(of_layer(names.output_norm), hidden, config.norm_bias);
  }
  if (!names.final_norm.empty()) reader.norm(std::string(names.final_norm), hidden, config.norm_bias);
}

std::string Encoder::name(int layer, std::string_view part) const {
  std::string out(config_.architecture->layer);
  out.replace(out.find("{}"), 2, std::to_string(layer));
  return prefix_ + out + std::string(part);
}

std::string Encoder::linear_name(int layer, std::string_view which) const {
  const EncoderArchitecture& names = *config_.architecture;
  const bool apart = !config_.attention_together;
  const std::string_view part = which == "query"              ? (apart ? names.query : "")
                                : which == "key"              ? (apart ? names.key : "")
                                : which == "value"            ? (apart ? names.value : "")
                                : which == "attention_output" ? names.attention_output
                                : which == "inner"            ? names.inner
                                : which == "outer"            ? names.outer
                                                              : std::string_view();
  return part.empty() ? "" : name(layer, part);
}

std::string Encoder::adapters_name(int layer, Block block) const {
  const EncoderArchitecture& names = *config_.architecture;
  return name(layer, block == Block::kAttention ? names.attention_adapters : names.output_adapters);
}

torch::Tensor Encoder::product(const std::string& name, const torch::Tensor& x) const {
  return apply_linear(parameters_, name, x);
}

torch::Tensor Encoder::norm(const std::string& name, const torch::Tensor& x) const {
  const std::string bias = name + ".bias";
  return torch::layer_norm(x, {x.size(-1)}, parameters_.on_device(name + ".weight"),
                           parameters_.has(bias) ? parameters_.on_device(bias) : torch::Tensor(), config_.epsilon);
}

torch::Tensor Encoder::embed(const PackedBatch& batch, const EncoderNoise& noise) const {
  const EncoderArchitecture& names = *config_.architecture;
  const auto rows = [&](std::string_view table, const torch::Tensor& ids) {
    return look_up(parameters_, prefix_ + std::string(table) + ".weight", ids);
  };
  torch::Tensor x = look_up(parameters_, words_, batch.ids);
  if (noise.shift.defined()) x = x + noise.shift;
  if (config_.position_rows() > 0) x = x + rows(names.positions, batch.positions + (config_.padding + 1));
  if (config_.types > 0)
    x = x + rows(names.types, batch.segments.defined() && config_.types > 1 ? batch.segments
                                                                            : torch::zeros({1}, batch.ids.options()));
  x = drop(norm(prefix_ + std::string(names.embedding_norm), x), noise.hidden);
  if (config_.embedding != config_.hidden) x = linear(prefix_ + std::string(names.projection), x);
  return x;
}

torch::Tensor Encoder::attend(int layer, const torch::Tensor& x, const PackedBatch& batch, double dropout) const {
  const EncoderArchitecture& names = *config_.architecture;
  const std::int64_t heads = config_.heads, size = config_.hidden / config_.heads, sequences = batch.sequences,
                     longest = batch.longest;
  std::vector<torch::Tensor> qkv;
  if (!config_.attention_together)
    for (const std::string_view part : {names.query, names.key, names.value})
      qkv.push_back(linear(name(layer, part), x));
  else
    qkv = linear(name(layer, names.query_key_value), x).chunk(3, 1);
  const bool local = !config_.local.empty() && config_.local[layer];
  for (int which = 0; which < 3; ++which) {
    torch::Tensor one = qkv[which].reshape({-1, heads, size});
    if (names.rotary && which < 2)
      one = rotate(one, batch.positions, local ? config_.local_frequencies : config_.global_frequencies);
    if (batch.padded.defined()) one = one.index_select(0, batch.padded);
    qkv[which] = one.view({sequences, longest, heads, size}).transpose(1, 2);
  }
  torch::Tensor mask = batch.mask;
  if (local && config_.window > 0 && longest > config_.window) {
    const torch::Tensor place = torch::arange(longest, batch.ids.options());
    const torch::Tensor far = (place.unsqueeze(0) - place.unsqueeze(1)).abs() > config_.window;
    const torch::Tensor band =
        torch::zeros({1, 1, longest, longest}, batch.lengths.options()).masked_fill_(far, kHidden);
    mask = mask.defined() ? mask + band : band;
  }
  torch::Tensor scores = torch::matmul(qkv[0] * (1.0 / std::sqrt(static_cast<double>(size))), qkv[1].transpose(2, 3));
  if (mask.defined()) scores = scores + mask;
  const torch::Tensor mixed =
      torch::matmul(drop(torch::softmax(scores, 3, torch::kFloat32), dropout).to(qkv[2].dtype()), qkv[2]);
  torch::Tensor out = mixed.transpose(1, 2).reshape({sequences * longest, config_.hidden});
  if (batch.place.defined()) out = out.index_select(0, batch.place);
  return linear(name(layer, names.attention_output), out);
}

torch::Tensor Encoder::feed_forward(int layer, const torch::Tensor& x) const {
  const EncoderArchitecture& names = *config_.architecture;
  torch::Tensor inside = linear(name(layer, names.inner), x);
  if (names.gated) {
    const auto halves = inside.chunk(2, 1);
    const int active = names.gate_last ? 1 : 0;
    inside = activate(config_.activation, halves[active]) * halves[1 - active];
  } else {
    inside = activate(config_.activation, inside);
  }
  return linear(name(layer, names.outer), inside);
}

torch::Tensor Encoder::one_layer(int layer, torch::Tensor states, const PackedBatch& batch,
                                 const EncoderNoise& noise) const {
  const EncoderArchitecture& names = *config_.architecture;
  const std::string attention_norm = name(layer, names.attention_norm), output_norm = name(layer, names.output_norm);
  const auto add = [&](Block block, const std::string& norm_name, const torch::Tensor& given) {
    const auto sum = [&](const torch::Tensor& some) {
      return names.norm_first ? states + some : norm(norm_name, states + some);
    };
    const torch::Tensor dropped = drop(given, noise.hidden);
    states = sum(behind_block(layer, block, dropped, [&] { return sum(dropped); }));
  };
  const bool reads_norm = names.norm_first && parameters_.has(attention_norm + ".weight");
  add(Block::kAttention, attention_norm,
      attend(layer, reads_norm ? norm(attention_norm, states) : states, batch, noise.attention));
  add(Block::kFeedForward, output_norm, feed_forward(layer, names.norm_first ? norm(output_norm, states) : states));
  return states;
}

torch::Tensor Encoder::run(torch::Tensor states, const PackedBatch& batch, int from, int to,
                           const EncoderNoise& noise) const {
  for (int layer = from; layer < to; ++layer)
    states = run_layer(
        states, [this, layer, batch, noise](const torch::Tensor& x) { return one_layer(layer, x, batch, noise); });
  return states;
}

torch::Tensor Encoder::finish(const torch::Tensor& states) const {
  const std::string_view name = config_.architecture->final_norm;
  return name.empty() ? states : norm(prefix_ + std::string(name), states);
}

}  // namespace genre::trainer
