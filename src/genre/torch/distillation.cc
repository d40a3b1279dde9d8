#include "genre/torch/distillation.h"

#include <torch/torch.h>

#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/not_a_number.h"
#include "genre/finetune/length_batches.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/text_encoder.h"
#include "genre/torch/sentence_model.h"
#include "genre/torch/tokenize.h"
#include "genre/torch/virtual_tokens.h"

namespace genre::trainer {
namespace fs = std::filesystem;
namespace {

constexpr int kMeasuredTexts = 64;

torch::Tensor of_unit_length(const torch::Tensor& x) { return x / x.norm(2, 1, /*keepdim=*/true).clamp_min(1e-12); }

torch::Tensor teacher_vectors(const FinetuneConfig& config, std::span<const std::string> texts) {
  if (config.finetune.distil.teacher.empty())
    throw Error(ErrorCode::kConfig, "there is no teacher to learn from", "name a model or a folder",
                {.key = "finetune.distil.teacher"});
  LmOptions options;
  options.model = config.finetune.distil.teacher;
  const TextEncoder teacher(resolve_model(options.model), options);
  const Matrix vectors = teacher.encode(texts);
  return of_unit_length(torch::from_blob(const_cast<float*>(vectors.data()), {vectors.rows(), vectors.cols()}).clone());
}

}  // namespace

Distillation::Distillation(const FinetuneConfig& config)
    : config_(config),
      base_(resolve_model(config.lm.model)),
      examples_(read_examples(config, {.label = ExampleColumns::Need::kNone, .stratify = false})),
      model_(read_pooled_model(base_)),
      wanted_(teacher_vectors(config, examples_.texts)) {
  if (wanted_.size(1) != model_.encoder.hidden)
    throw Error(ErrorCode::kConfig,
                "the teacher has vectors of " + std::to_string(wanted_.size(1)) + " numbers, the model of " +
                    std::to_string(model_.encoder.hidden),
                "choose models of one width", {.key = "finetune.distil.teacher"});
  torch::manual_seed(static_cast<std::uint64_t>(config.seed));
  const auto tokenizer = load_tokenizer(base_);
  const int limit = token_limit(config.finetune, model_.maximum_tokens, model_.encoder.positions);
  encoder_ = std::make_unique<TunedEncoder>(config, model_.encoder, tokenize(*tokenizer, examples_.texts, {}, limit));
  encoder_->choose_trained();
  if (config.finetune.distil.hidden > 0)
    hidden_ = std::make_unique<HiddenTeacher>(resolve_model(config.finetune.distil.teacher), encoder_->encoder(),
                                              *tokenizer, examples_.texts);
  expect_something_trained(encoder_->parameters());
  train_ = examples_.of(Part::kTrain);
  for (const std::int64_t i : train_) lengths_.push_back(encoder_->length(i));
}

void Distillation::set_device(torch::Device device) {
  parameters().set_device(device);
  if (hidden_ != nullptr) hidden_->set_device(device);
}

torch::Tensor Distillation::cosines(const torch::Tensor& states, const PackedBatch& packed,
                                    std::span<const std::int64_t> texts) const {
  const torch::Tensor pooled = pool(model_.pooling, states, packed);
  const torch::Tensor numbers = torch::tensor(std::vector<std::int64_t>(texts.begin(), texts.end()), torch::kInt64);
  return (of_unit_length(pooled.to(torch::kFloat32)) * wanted_.index_select(0, numbers).to(states.device())).sum(1);
}

void Distillation::begin_step(std::span<const std::vector<std::int64_t>> batches) {
  std::vector<std::int64_t> read;
  for (const auto& batch : batches)
    for (const std::int64_t i : batch) read.push_back(train_[i]);
  encoder_->begin_step(read);
}

torch::Tensor Distillation::loss(std::span<const std::int64_t> batch) {
  std::vector<std::int64_t> texts;
  for (const std::int64_t i : batch) texts.push_back(train_[i]);
  const PackedBatch packed = encoder_->pack_texts(texts);
  if (hidden_ == nullptr) return 1 - cosines(encoder_->states(packed, texts, Noise::kDropout), packed, texts).mean();
  const std::vector<torch::Tensor> layers = encoder_->layer_states(packed, texts, Noise::kDropout);
  return 1 - cosines(layers.back(), packed, texts).mean() +
         config_.finetune.distil.hidden * hidden_->distance(layers, packed);
}

std::map<std::string, double> Distillation::measure(Part part) {
  const std::vector<std::int64_t> texts = examples_.of(part);
  if (texts.empty()) return {{"loss", kNan}, {"cosine", kNan}};
  const torch::NoGradGuard no_graph;
  encoder_->read_whole_table();
  std::vector<std::int32_t> lengths;
  for (const std::int64_t i : texts) lengths.push_back(encoder_->length(i));
  double sum = 0;
  for (const auto& batch : sorted_batches(lengths, kMeasuredTexts)) {
    std::vector<std::int64_t> some;
    for (const std::int64_t i : batch) some.push_back(texts[i]);
    const PackedBatch packed = encoder_->pack_texts(some);
    sum += cosines(encoder_->states(packed, some, Noise::kNone), packed, some).sum().item<double>();
  }
  const double mean = sum / static_cast<double>(texts.size());
  return {{"loss", 1 - mean}, {"cosine", mean}};
}

TaskSummary Distillation::summary() const {
  const auto count = [&](Part part) { return static_cast<std::int64_t>(examples_.of(part).size()); };
  return {count(Part::kTrain), count(Part::kValid), count(Part::kTest), 0, encoder_->mean_tokens()};
}

void Distillation::save(const fs::path& model, const fs::path& adapter) const {
  save_sentence_model(base_, model_, *encoder_, config_.lm.model, model, adapter);
}

}  // namespace genre::trainer
