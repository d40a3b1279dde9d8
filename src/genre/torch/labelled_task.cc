#include "genre/torch/labelled_task.h"

#include <torch/torch.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/finetune/length_batches.h"
#include "genre/lm/catalogue.h"
#include "genre/torch/sentence_model.h"
#include "genre/torch/tokenize.h"
#include "genre/torch/virtual_tokens.h"

namespace genre::trainer {
namespace fs = std::filesystem;
namespace {

constexpr int kMeasuredBatch = 64;

// The configuration of the model with these labels, as transformers writes it.
nlohmann::ordered_json labelled_config(const fs::path& base, const std::string& architecture,
                                       const std::vector<std::string>& names, const std::string& problem) {
  static const std::map<std::string, std::string> kClasses = {
      {"bert", "Bert"},       {"roberta", "Roberta"},       {"xlm-roberta", "XLMRoberta"}, {"camembert", "Camembert"},
      {"electra", "Electra"}, {"distilbert", "DistilBert"}, {"modernbert", "ModernBert"}};
  auto config = nlohmann::ordered_json::parse(read_file(base / "config.json"));
  const auto found = kClasses.find(architecture);
  if (found != kClasses.end()) config["architectures"] = {found->second + "ForSequenceClassification"};
  config["id2label"] = nlohmann::ordered_json::object();
  config["label2id"] = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < names.size(); ++i) {
    config["id2label"][std::to_string(i)] = names[i];
    config["label2id"][names[i]] = i;
  }
  config["problem_type"] = problem;
  return config;
}

}  // namespace

LabelledTask::LabelledTask(const FinetuneConfig& config, Examples examples, std::vector<std::string> labels,
                           std::string problem, const SharedEncoder& shared)
    : config_(config),
      examples_(std::move(examples)),
      problem_(std::move(problem)),
      shared_(shared.encoder != nullptr),
      prefix_(shared.prefix),
      encoder_(shared.encoder) {
  const fs::path base = resolve_model(config.lm.model);
  model_ = read_classifier_config(base);
  model_.labels = std::move(labels);
  if (!shared_) torch::manual_seed(config.training_seed());
  const auto tokenizer = load_tokenizer(base);
  LmOptions limits = config.lm;
  limits.maximum_tokens = token_limit(config.finetune, model_.maximum_tokens, model_.encoder.positions);
  const int limit = classifier_limit(model_, *tokenizer, limits);
  if (!shared_) encoder_ = std::make_shared<TunedEncoder>(config, model_.encoder);
  first_text_ = encoder_->add_texts(tokenize(*tokenizer, examples_.texts, examples_.others, limit));
  head_ = std::make_unique<ClassifierHead>(model_, *encoder_, prefix_);
  if (!shared_) encoder_->choose_trained();
  std::vector<std::vector<std::int64_t>> units;
  for (const std::int64_t i : examples_.of(Part::kTrain)) units.push_back({i});
  set_units(std::move(units));
}

void LabelledTask::set_units(std::vector<std::vector<std::int64_t>> units) {
  units_ = std::move(units);
  unit_lengths_.clear();
  for (const auto& unit : units_) {
    std::int32_t sum = 0;
    for (const std::int64_t i : unit) sum += encoder_->length(first_text_ + i);
    unit_lengths_.push_back(sum);
  }
}

torch::Tensor LabelledTask::weighted_mean(const torch::Tensor& losses, std::span<const std::int64_t> examples) const {
  std::vector<float> weights;
  for (const std::int64_t i : examples) weights.push_back(examples_.weights[i]);
  return (losses * torch::tensor(weights).to(losses.device())).mean();
}

std::vector<std::int64_t> LabelledTask::examples_of(std::span<const std::int64_t> units) const {
  std::vector<std::int64_t> out;
  for (const std::int64_t unit : units) out.insert(out.end(), units_[unit].begin(), units_[unit].end());
  return out;
}

std::vector<std::int64_t> LabelledTask::in_encoder(std::vector<std::int64_t> examples) const {
  for (std::int64_t& i : examples) i += first_text_;
  return examples;
}

void LabelledTask::begin_step(std::span<const std::vector<std::int64_t>> batches) {
  std::vector<std::int64_t> read;
  for (const auto& batch : batches) {
    const auto some = texts_of(batch);
    read.insert(read.end(), some.begin(), some.end());
  }
  encoder_->begin_step(read);
}

torch::Tensor LabelledTask::loss(std::span<const std::int64_t> batch) {
  const std::vector<std::int64_t> numbers = examples_of(batch), texts = in_encoder(numbers);
  const PackedBatch packed = encoder_->pack_texts(texts);
  LossSteps steps;
  steps.width = model_.encoder.embedding;
  steps.represent = [&](const torch::Tensor& shift) {
    return pool(model_.pooling, encoder_->states(packed, texts, Noise::kDropout, shift), packed);
  };
  steps.head = [&](const torch::Tensor& pooled) { return head_->apply(pooled, config_.finetune.dropout); };
  steps.loss = [&](const torch::Tensor& logits) { return loss_of(logits, numbers); };
  steps.loss_of_others = [&](const torch::Tensor& logits, const torch::Tensor& order) {
    std::vector<std::int64_t> others;
    for (std::int64_t b = 0; b < order.size(0); ++b) others.push_back(numbers[order[b].item<std::int64_t>()]);
    return loss_of(logits, others);
  };
  steps.divergence = [&](const torch::Tensor& a, const torch::Tensor& b) { return divergence(a, b); };
  return regularised_loss(config_.finetune.regularisation, packed, steps);
}

torch::Tensor LabelledTask::lower_half(std::span<const std::int64_t> batch, int at) {
  const std::vector<std::int64_t> texts = texts_of(batch);
  return encoder_->lower_states(encoder_->pack_texts(texts), texts, at);
}

std::vector<std::int64_t> LabelledTask::half_sizes(std::span<const std::int64_t> batch) const {
  std::int64_t tokens = 0;
  for (const std::int64_t i : texts_of(batch)) tokens += encoder_->length(i);
  return {tokens, model_.encoder.hidden};
}

torch::Tensor LabelledTask::upper_half(std::span<const std::int64_t> batch, const torch::Tensor& states, int at) {
  const std::vector<std::int64_t> numbers = examples_of(batch);
  const PackedBatch packed = encoder_->pack_texts(in_encoder(numbers));
  const torch::Tensor pooled = pool(model_.pooling, encoder_->upper_states(states, packed, at), packed);
  return loss_of(head_->apply(pooled, config_.finetune.dropout), numbers);
}

std::map<std::string, double> LabelledTask::measure(Part part) {
  const std::vector<std::int64_t> numbers = examples_.of(part);
  const torch::NoGradGuard no_graph;
  encoder_->read_whole_table();
  if (numbers.empty()) {
    auto out = values_of(Matrix(1, static_cast<std::int64_t>(model_.labels.size())),
                         std::vector<std::int64_t>{units_.front().front()});
    for (auto& [name, value] : out) value = std::numeric_limits<double>::quiet_NaN();
    return out;
  }
  std::vector<std::int32_t> lengths;
  for (const std::int64_t i : numbers) lengths.push_back(encoder_->length(first_text_ + i));
  torch::Tensor logits =
      torch::zeros({static_cast<std::int64_t>(numbers.size()), static_cast<std::int64_t>(model_.labels.size())});
  for (const auto& batch : sorted_batches(lengths, kMeasuredBatch)) {
    std::vector<std::int64_t> some;
    for (const std::int64_t i : batch) some.push_back(first_text_ + numbers[i]);
    const PackedBatch packed = encoder_->pack_texts(some);
    const torch::Tensor pooled = pool(model_.pooling, encoder_->states(packed, some, Noise::kNone), packed);
    logits.index_copy_(0, torch::tensor(batch, torch::kInt64), head_->apply(pooled, /*dropout=*/0).cpu());
  }
  return values_of({logits.data_ptr<float>(), logits.size(0), logits.size(1)}, numbers);
}

TaskSummary LabelledTask::summary() const {
  const auto count = [&](Part part) { return static_cast<std::int64_t>(examples_.of(part).size()); };
  return {count(Part::kTrain), count(Part::kValid), count(Part::kTest), static_cast<std::int64_t>(model_.labels.size()),
          encoder_->mean_tokens()};
}

void LabelledTask::save(const fs::path& model, const fs::path& adapter) const {
  const fs::path& base = model_.encoder.folder;
  const std::string architecture(model_.encoder.architecture->name);
  const AdapterFile file{.base_model = config_.lm.model,
                         .task_type = "SEQ_CLS",
                         .modules = shared_ ? std::vector<std::string>() : head_->modules(),
                         .prefix = ""};
  save_folders(model, adapter, encoder_->adapters(), file, [&](const fs::path& folder) {
    write_file_atomic(folder / "config.json",
                      labelled_config(base, architecture, model_.labels, problem_).dump(2) + "\n");
    copy_tokenizer(base, folder);
    encoder_->save_weights(folder, prefix_);
    return folder;
  });
}

}  // namespace genre::trainer
