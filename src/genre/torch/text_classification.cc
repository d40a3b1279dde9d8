#include "genre/torch/text_classification.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/safetensors.h"
#include "genre/base/thread_pool.h"
#include "genre/finetune/length_batches.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/tensor_source.h"
#include "genre/text/tokenizer.h"
#include "genre/torch/dropout.h"

namespace genre::trainer {
namespace fs = std::filesystem;
namespace {

constexpr int kMeasuredBatch = 64;
constexpr std::int64_t kIgnore = -100;

nlohmann::ordered_json read_json(const fs::path& path) { return nlohmann::ordered_json::parse(read_file(path)); }

double dropout_of(const nlohmann::ordered_json& config, std::initializer_list<const char*> keys) {
  for (const char* key : keys)
    if (config.contains(key) && config[key].is_number()) return config[key].get<double>();
  return 0;
}

// The configuration of the model with these labels, as transformers writes it.
nlohmann::ordered_json labelled_config(nlohmann::ordered_json config, const std::string& architecture,
                                       const std::vector<std::string>& names) {
  static const std::map<std::string, std::string> kClasses = {
      {"bert", "Bert"},       {"roberta", "Roberta"},       {"xlm-roberta", "XLMRoberta"}, {"camembert", "Camembert"},
      {"electra", "Electra"}, {"distilbert", "DistilBert"}, {"modernbert", "ModernBert"}};
  const auto found = kClasses.find(architecture);
  if (found != kClasses.end()) config["architectures"] = {found->second + "ForSequenceClassification"};
  config["id2label"] = nlohmann::ordered_json::object();
  config["label2id"] = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < names.size(); ++i) {
    config["id2label"][std::to_string(i)] = names[i];
    config["label2id"][names[i]] = i;
  }
  config["problem_type"] = "single_label_classification";
  return config;
}

bool is_tokenizer_file(const std::string& name) {
  return name.starts_with("tokenizer") || name.starts_with("vocab") || name == "special_tokens_map.json" ||
         name == "merges.txt" || name == "added_tokens.json" || name == "sentencepiece.bpe.model" ||
         name == "spiece.model";
}

}  // namespace

TextClassification::TextClassification(const FinetuneConfig& config, LabelledTexts examples)
    : config_(config), examples_(std::move(examples)), base_(resolve_model(config.lm.model)) {
  const nlohmann::ordered_json json = read_json(base_ / "config.json");
  model_ = read_classifier_config(base_);
  model_.labels = examples_.names;
  dropout_ = {dropout_of(json, {"hidden_dropout_prob", "dropout", "mlp_dropout"}),
              dropout_of(json, {"attention_probs_dropout_prob", "attention_dropout"})};
  torch::manual_seed(static_cast<std::uint64_t>(config.seed));
  encoder_ = std::make_unique<Encoder>(model_.encoder, parameters_);
  if (config.finetune.frozen_layers > model_.encoder.layers)
    throw Error(ErrorCode::kConfig,
                "the model has " + std::to_string(model_.encoder.layers) + " layers, " +
                    std::to_string(config.finetune.frozen_layers) + " are to be frozen",
                "", {.key = "finetune.frozen_layers"});
  frozen_ = config.finetune.tune == "head" ? model_.encoder.layers : config.finetune.frozen_layers;
  if (config.finetune.tune == "lora")
    lora_ = std::make_unique<LoraAdapters>(config.finetune.lora, frozen_, *encoder_, parameters_);
  add_head();
  choose_trained();

  const auto tokenizer = load_tokenizer(base_);
  const int limit = std::min(config.finetune.maximum_tokens, model_.maximum_tokens);
  LmOptions limits = config.lm;
  limits.maximum_tokens = limit;
  classifier_limit(model_, *tokenizer, limits);
  tokens_.resize(examples_.texts.size());
  global_pool().parallel_for(tokens_.size(), 64, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) tokens_[i] = tokenizer->encode(examples_.texts[i], limit);
  });
  train_ = examples_.of(Part::kTrain);
  for (const std::int64_t i : train_) train_lengths_.push_back(static_cast<std::int32_t>(tokens_[i].size()));
}

void TextClassification::add_head() {
  const EncoderArchitecture& names = *model_.encoder.architecture;
  const std::int64_t width = model_.encoder.hidden, labels = static_cast<std::int64_t>(model_.labels.size());
  const int depth = model_.encoder.layers + 1;
  const auto source = open_tensors(base_);
  const std::string dense(names.head_dense), norm(names.head_norm), output(names.head_output), prefix(names.prefix);
  // The tensor of the checkpoint, with or without the architecture's prefix, or `fresh`.
  const auto stored_or = [&](const std::string& name, std::int64_t rows, std::int64_t cols,
                             const torch::Tensor& fresh) {
    for (const std::string& stored : {name, name.starts_with(prefix) ? name.substr(prefix.size()) : name}) {
      if (!source->has(stored)) continue;
      const Matrix matrix = source->matrix(stored, rows, cols);
      return torch::from_blob(const_cast<float*>(matrix.data()), fresh.sizes()).clone();
    }
    return fresh;
  };
  constexpr double kDeviation = 0.02;
  parameters_.add(dense + ".weight",
                  stored_or(dense + ".weight", width, width, torch::randn({width, width}) * kDeviation), depth);
  if (model_.dense_bias)
    parameters_.add(dense + ".bias", stored_or(dense + ".bias", 1, width, torch::zeros({width})), depth);
  if (!norm.empty()) {
    parameters_.add(norm + ".weight", stored_or(norm + ".weight", 1, width, torch::ones({width})), depth);
    if (model_.norm_bias)
      parameters_.add(norm + ".bias", stored_or(norm + ".bias", 1, width, torch::zeros({width})), depth);
  }
  const torch::Tensor fresh = torch::randn({labels, width}) * kDeviation;
  const bool same = read_classifier_config(base_).labels == model_.labels && source->has(output + ".weight");
  parameters_.add(output + ".weight", same ? stored_or(output + ".weight", labels, width, fresh) : fresh, depth);
  parameters_.add(output + ".bias",
                  same ? stored_or(output + ".bias", 1, labels, torch::zeros({labels})) : torch::zeros({labels}),
                  depth);
}

void TextClassification::choose_trained() {
  const std::string& tune = config_.finetune.tune;
  const int head = model_.encoder.layers + 1;
  for (Parameter& one : parameters_.all()) {
    const bool frozen = frozen_ > 0 && one.depth <= frozen_;
    if (one.depth == head || !one.saved) continue;  // the head and adapters are always trained
    if (tune == "full")
      one.trained = !frozen;
    else if (tune == "bitfit")
      one.trained = !frozen && one.name.ends_with(".bias");
    else
      one.trained = false;
  }
  parameters_.require_gradients();
}

ClassificationSummary TextClassification::summary() const {
  double tokens = 0;
  for (const auto& one : tokens_) tokens += static_cast<double>(one.size());
  const auto count = [&](Part part) { return static_cast<std::int64_t>(examples_.of(part).size()); };
  return {count(Part::kTrain), count(Part::kValid), count(Part::kTest), static_cast<std::int64_t>(model_.labels.size()),
          tokens / static_cast<double>(tokens_.size())};
}

PackedBatch TextClassification::pack_examples(std::span<const std::int64_t> numbers) const {
  std::vector<std::span<const std::int32_t>> sequences;
  for (const std::int64_t i : numbers) sequences.emplace_back(tokens_[i]);
  return pack(sequences);
}

void TextClassification::begin_step(std::span<const std::vector<std::int64_t>> batches) {
  compute_frozen_states();
  Parameter& words = parameters_.parameter(encoder_->words());
  if (!words.trained) return;
  std::vector<std::int64_t> ids;
  for (const auto& batch : batches)
    for (const std::int64_t i : batch) ids.insert(ids.end(), tokens_[train_[i]].begin(), tokens_[train_[i]].end());
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  words.row_ids = torch::tensor(ids, torch::kInt64);
  words.rows = words.value.detach().index_select(0, words.row_ids).requires_grad_(true);
}

// All at once and in an order of their own: a training that goes on reads the same bits as one that never stopped.
void TextClassification::compute_frozen_states() {
  if (frozen_ == 0 || !frozen_states_.empty()) return;
  const torch::NoGradGuard no_graph;
  std::vector<std::int32_t> lengths;
  for (const auto& one : tokens_) lengths.push_back(static_cast<std::int32_t>(one.size()));
  frozen_states_.resize(tokens_.size());
  for (const auto& numbers : sorted_batches(lengths, kMeasuredBatch)) {
    const PackedBatch batch = pack_examples(numbers);
    const torch::Tensor states = encoder_->run(encoder_->embed(batch, {}), batch, 0, frozen_, {});
    std::int64_t begin = 0;
    for (const std::int64_t i : numbers) {
      frozen_states_[i] = states.slice(0, begin, begin + lengths[i]).clone();
      begin += lengths[i];
    }
  }
}

torch::Tensor TextClassification::states_behind_frozen(const PackedBatch& batch, std::span<const std::int64_t> numbers,
                                                       const EncoderDropout& dropout) const {
  if (frozen_ == 0) return encoder_->embed(batch, dropout);
  std::vector<torch::Tensor> parts;
  for (const std::int64_t i : numbers) parts.push_back(frozen_states_[i]);
  return torch::cat(parts);
}

torch::Tensor TextClassification::forward(const PackedBatch& batch, const torch::Tensor& behind_frozen,
                                          const EncoderDropout& inside, double dropout) const {
  const EncoderArchitecture& names = *model_.encoder.architecture;
  const torch::Tensor states =
      encoder_->finish(encoder_->run(behind_frozen, batch, frozen_, model_.encoder.layers, inside));
  torch::Tensor pooled;
  if (model_.pooling == nn::Pooling::kClass) {
    pooled = states.index_select(0, batch.first);
  } else {
    pooled = torch::zeros({batch.sequences, states.size(1)}, states.options()).index_add(0, batch.sequence, states) /
             batch.lengths.unsqueeze(1);
  }
  torch::Tensor x = activate(model_.activation, apply_linear(parameters_, std::string(names.head_dense), pooled));
  if (!names.head_norm.empty()) {
    const std::string norm(names.head_norm), bias = norm + ".bias";
    x = torch::layer_norm(x, {x.size(1)}, parameters_.at(norm + ".weight"),
                          parameters_.has(bias) ? parameters_.at(bias) : torch::Tensor(), model_.encoder.epsilon);
  }
  x = drop(x, dropout);
  return apply_linear(parameters_, std::string(names.head_output), x).to(torch::kFloat32);
}

torch::Tensor TextClassification::loss(std::span<const std::int64_t> batch) {
  std::vector<std::int64_t> numbers, labels;
  for (const std::int64_t i : batch) {
    numbers.push_back(train_[i]);
    labels.push_back(examples_.labels[train_[i]]);
  }
  const PackedBatch packed = pack_examples(numbers);
  if (lora_ != nullptr) lora_->set_training(true);
  const torch::Tensor logits =
      forward(packed, states_behind_frozen(packed, numbers, dropout_), dropout_, config_.finetune.dropout);
  return torch::cross_entropy_loss(logits, torch::tensor(labels, torch::kInt64), {}, at::Reduction::Mean, kIgnore,
                                   config_.finetune.label_smoothing);
}

std::map<std::string, double> TextClassification::measure(Part part) {
  compute_frozen_states();
  const std::vector<std::int64_t> numbers = examples_.of(part);
  const std::size_t labels = model_.labels.size();
  const torch::NoGradGuard no_graph;
  if (lora_ != nullptr) lora_->set_training(false);
  parameters_.parameter(encoder_->words()).rows = torch::Tensor();
  std::vector<std::int64_t> truth(labels), found(labels), right(labels);
  std::vector<std::int32_t> lengths;
  for (const std::int64_t i : numbers) lengths.push_back(static_cast<std::int32_t>(tokens_[i].size()));
  double loss = 0, correct = 0;
  for (const auto& batch : sorted_batches(lengths, kMeasuredBatch)) {
    std::vector<std::int64_t> some, wanted;
    for (const std::int64_t i : batch) {
      some.push_back(numbers[i]);
      wanted.push_back(examples_.labels[numbers[i]]);
    }
    const PackedBatch packed = pack_examples(some);
    const torch::Tensor scores = forward(packed, states_behind_frozen(packed, some, {}), {}, 0),
                        target = torch::tensor(wanted, torch::kInt64);
    loss += torch::cross_entropy_loss(scores, target, {}, at::Reduction::Sum).item<double>();
    const torch::Tensor best = scores.argmax(1).contiguous();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const std::int64_t predicted = best.data_ptr<std::int64_t>()[i];
      ++truth[wanted[i]];
      ++found[predicted];
      if (predicted != wanted[i]) continue;
      ++right[predicted];
      ++correct;
    }
  }
  double f1 = 0, counted = 0;
  for (std::size_t label = 0; label < labels; ++label) {
    if (truth[label] + found[label] == 0) continue;
    f1 += 2.0 * static_cast<double>(right[label]) / static_cast<double>(truth[label] + found[label]);
    ++counted;
  }
  const auto count = static_cast<double>(numbers.size());
  if (numbers.empty()) {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    return {{"loss", kNan}, {"accuracy", kNan}, {"macro_f1", kNan}};
  }
  return {{"loss", loss / count}, {"accuracy", correct / count}, {"macro_f1", f1 / counted}};
}

void TextClassification::save(const fs::path& model, const fs::path& adapter) const {
  const torch::NoGradGuard no_graph;
  write_folder_atomic(model, [&](const fs::path& folder) {
    const auto json = labelled_config(read_json(base_ / "config.json"), std::string(model_.encoder.architecture->name),
                                      model_.labels);
    write_file_atomic(folder / "config.json", json.dump(2) + "\n");
    for (const auto& entry : fs::directory_iterator(base_))
      if (is_tokenizer_file(entry.path().filename().string()))
        fs::copy_file(entry.path(), folder / entry.path().filename());
    SafetensorsWriter out;
    std::vector<torch::Tensor> kept;
    for (const Parameter& one : parameters_.all()) {
      if (!one.saved) continue;
      kept.push_back((lora_ == nullptr ? one.value : lora_->merged(one.name)).detach().contiguous());
      out.add<float>(one.name, numbers_of(kept.back()), one.value.sizes().vec());
    }
    out.set_metadata("format", "pt");
    out.write(folder / "model.safetensors");
  });
  if (lora_ == nullptr) return;
  const EncoderArchitecture& names = *model_.encoder.architecture;
  std::vector<std::string> whole = {std::string(names.head_dense), std::string(names.head_output)};
  if (!names.head_norm.empty()) whole.emplace_back(names.head_norm);
  write_folder_atomic(adapter, [&](const fs::path& folder) { lora_->save(folder, config_.lm.model, whole); });
}

}  // namespace genre::trainer
