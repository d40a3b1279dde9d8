#include "genre/torch/tuned_encoder.h"

#include <torch/torch.h>

#include <algorithm>
#include <cassert>
#include <nlohmann/json.hpp>
#include <numeric>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/finetune/length_batches.h"
#include "genre/torch/adapter_start.h"
#include "genre/torch/recompute.h"
#include "genre/torch/virtual_tokens.h"

namespace genre::trainer {
namespace {

constexpr int kFrozenBatch = 64;

double dropout_of(const nlohmann::json& config, std::initializer_list<const char*> keys) {
  for (const char* key : keys)
    if (config.contains(key) && config[key].is_number()) return config[key].get<double>();
  return 0;
}

}  // namespace

TunedEncoder::TunedEncoder(const FinetuneConfig& config, const EncoderConfig& encoder, std::vector<TokenSequence> texts)
    : options_(config.finetune) {
  const auto json = nlohmann::json::parse(read_file(encoder.folder / "config.json"));
  dropout_ = {.hidden = dropout_of(json, {"hidden_dropout_prob", "dropout", "mlp_dropout"}),
              .attention = dropout_of(json, {"attention_probs_dropout_prob", "attention_dropout"}),
              .shift = {}};
  if (options_.frozen_layers > encoder.layers)
    throw Error(ErrorCode::kConfig,
                "the model has " + std::to_string(encoder.layers) + " layers, " +
                    std::to_string(options_.frozen_layers) + " are to be frozen",
                "", {.key = "finetune.frozen_layers"});
  frozen_ = options_.tune == "head" ? encoder.layers : options_.frozen_layers;
  parameters_.set_format(frozen_format(options_));
  encoder_ = std::make_unique<Encoder>(encoder, parameters_);
  parameters_.set_format(BlockFormat::kF32);
  encoder_->set_layer_runner(layer_runner(config));
  adapters_ = make_adapters(options_, frozen_, *encoder_, parameters_);
  const CompressionOptions& compression = options_.compression;
  if (compression.quantise != "none" || compression.sparse != "none")
    compression_ = std::make_unique<Compression>(compression, frozen_, *encoder_, parameters_);
  add_texts(std::move(texts));
}

std::int64_t TunedEncoder::add_texts(std::vector<TokenSequence> texts) {
  assert(frozen_states_.empty());
  const auto number = static_cast<std::int64_t>(texts_.size());
  const std::vector<std::int32_t> first = virtual_ids(*encoder_, parameters_);
  for (TokenSequence& text : texts) {
    text.ids.insert(text.ids.begin(), first.begin(), first.end());
    if (!text.segments.empty()) text.segments.insert(text.segments.begin(), first.size(), 0);
    texts_.push_back(std::move(text));
  }
  return number;
}

void TunedEncoder::add_head(const std::string& name, const torch::Tensor& value) {
  parameters_.add(name, value, encoder_->config().layers + 1);
}

void TunedEncoder::choose_trained() {
  for (Parameter& one : parameters_.all()) {
    if (one.depth > encoder_->config().layers || !one.saved) continue;  // heads and adapters always are
    const bool frozen = frozen_ > 0 && one.depth <= frozen_;
    one.trained = !frozen && (options_.tune == "full" || (options_.tune == "bitfit" && one.name.ends_with(".bias")));
  }
  start_from_adapter(options_, encoder_->config().architecture->prefix, parameters_);
  parameters_.require_gradients();
}

double TunedEncoder::mean_tokens() const {
  double sum = 0;
  for (const auto& one : texts_) sum += static_cast<double>(one.ids.size());
  return sum / static_cast<double>(texts_.size());
}

PackedBatch TunedEncoder::pack_texts(std::span<const std::int64_t> texts) const {
  std::vector<std::span<const std::int32_t>> ids, segments;
  for (const std::int64_t i : texts) {
    ids.emplace_back(texts_[i].ids);
    segments.emplace_back(texts_[i].segments);
  }
  return on_device(pack(ids, segments), parameters_.device());
}

void TunedEncoder::begin_step(std::span<const std::int64_t> texts) {
  compute_frozen_states();
  Parameter& words = parameters_.parameter(encoder_->words());
  if (!words.trained) return;
  std::vector<std::int64_t> ids;
  for (const std::int64_t i : texts) ids.insert(ids.end(), texts_[i].ids.begin(), texts_[i].ids.end());
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  words.row_ids = torch::tensor(ids, torch::kInt64);
  words.rows = words.value.detach().index_select(0, words.row_ids).requires_grad_(true);
}

// All at once and in an order of their own: a training that goes on reads the same bits as one that never stopped.
void TunedEncoder::compute_frozen_states() {
  if (frozen_ == 0 || !frozen_states_.empty()) return;
  const torch::NoGradGuard no_graph;
  std::vector<std::int32_t> lengths;
  for (const auto& one : texts_) lengths.push_back(static_cast<std::int32_t>(one.ids.size()));
  frozen_states_.resize(texts_.size());
  torch::Tensor all;  // one place for them, which leaves no room between
  std::int64_t end = 0;
  for (const auto& numbers : sorted_batches(lengths, kFrozenBatch)) {
    const PackedBatch batch = pack_texts(numbers);
    const torch::Tensor states = encoder_->run(encoder_->embed(batch, {}), batch, 0, frozen_, {});
    if (!all.defined())
      all = torch::empty({std::reduce(lengths.begin(), lengths.end(), std::int64_t{0}), states.size(1)},
                         states.options());
    all.slice(0, end, end + states.size(0)).copy_(states);
    for (const std::int64_t i : numbers) {
      frozen_states_[i] = all.slice(0, end, end + lengths[i]);
      end += lengths[i];
    }
  }
}

torch::Tensor TunedEncoder::run(const torch::Tensor& behind_frozen, const PackedBatch& batch, Noise noise) const {
  if (adapters_ != nullptr) adapters_->set_training(noise == Noise::kDropout);
  return encoder_->finish(encoder_->run(behind_frozen, batch, frozen_, encoder_->config().layers,
                                        noise == Noise::kDropout ? dropout_ : EncoderNoise{}));
}

torch::Tensor TunedEncoder::behind_frozen(std::span<const std::int64_t> texts) {
  compute_frozen_states();
  std::vector<torch::Tensor> parts;
  for (const std::int64_t i : texts) parts.push_back(frozen_states_[i]);
  return torch::cat(parts);
}

torch::Tensor TunedEncoder::states(const PackedBatch& batch, std::span<const std::int64_t> texts, Noise noise,
                                   const torch::Tensor& shift) {
  if (frozen_ > 0) return run(behind_frozen(texts), batch, noise);
  EncoderNoise inside = noise == Noise::kDropout ? dropout_ : EncoderNoise{};
  inside.shift = shift;
  return run(encoder_->embed(batch, inside), batch, noise);
}

std::vector<torch::Tensor> TunedEncoder::layer_states(const PackedBatch& batch, std::span<const std::int64_t> texts,
                                                      Noise noise) {
  if (adapters_ != nullptr) adapters_->set_training(noise == Noise::kDropout);
  const EncoderNoise inside = noise == Noise::kDropout ? dropout_ : EncoderNoise{};
  torch::Tensor x = frozen_ > 0 ? behind_frozen(texts) : encoder_->embed(batch, inside);
  std::vector<torch::Tensor> out;
  for (int layer = frozen_; layer < encoder_->layers(); ++layer) {
    x = encoder_->run(x, batch, layer, layer + 1, inside);
    out.push_back(layer + 1 < encoder_->layers() ? x : encoder_->finish(x));
  }
  return out;
}

torch::Tensor TunedEncoder::lower_states(const PackedBatch& batch, std::span<const std::int64_t> texts, int at) {
  if (adapters_ != nullptr) adapters_->set_training(true);
  return encoder_->run(frozen_ > 0 ? behind_frozen(texts) : encoder_->embed(batch, dropout_), batch, frozen_, at,
                       dropout_);
}

torch::Tensor TunedEncoder::upper_states(const torch::Tensor& states, const PackedBatch& batch, int at) {
  if (adapters_ != nullptr) adapters_->set_training(true);
  return encoder_->finish(encoder_->run(states, batch, at, encoder_->config().layers, dropout_));
}

torch::Tensor TunedEncoder::states(const PackedBatch& batch, Noise noise) {
  if (frozen_ == 0) return states(batch, {}, noise);
  torch::Tensor behind_frozen;
  {
    const torch::NoGradGuard no_graph;
    behind_frozen = encoder_->run(encoder_->embed(batch, {}), batch, 0, frozen_, {});
  }
  return run(behind_frozen, batch, noise);
}

void TunedEncoder::save_weights(const std::filesystem::path& folder, const std::string& head) const {
  const auto served = [&](const std::string& name) {
    if (compression_ != nullptr) return compression_->served(name);
    return adapters_ == nullptr ? parameters_.whole(name) : adapters_->merged(name);
  };
  const auto name_of = [&](const std::string& name) -> std::string {
    if (!name.starts_with(kHeads)) return name;
    return !head.empty() && name.starts_with(head) ? name.substr(head.size()) : "";
  };
  trainer::save_weights(parameters_, served, folder / "model.safetensors", name_of);
  if (compression_ != nullptr) compression_->store(folder);
}

torch::Tensor pool(nn::Pooling pooling, const torch::Tensor& states, const PackedBatch& batch) {
  if (pooling == nn::Pooling::kClass) return states.index_select(0, batch.first);
  return torch::zeros({batch.sequences, states.size(1)}, states.options()).index_add(0, batch.sequence, states) /
         batch.lengths.unsqueeze(1);
}

}  // namespace genre::trainer
