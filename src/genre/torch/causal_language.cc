#include "genre/torch/causal_language.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/not_a_number.h"
#include "genre/finetune/length_batches.h"
#include "genre/finetune/measures.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/prompt.h"
#include "genre/torch/adapter_start.h"
#include "genre/torch/recompute.h"
#include "genre/torch/sentence_model.h"
#include "genre/torch/virtual_tokens.h"

namespace genre::trainer {
namespace fs = std::filesystem;

CausalLanguage::CausalLanguage(const FinetuneConfig& config, Predicted predicted)
    : config_(config),
      base_(resolve_model(config.lm.model)),
      examples_(read_examples(config, {.other = predicted == Predicted::kAnswer ? ExampleColumns::Need::kRequired
                                                                                : ExampleColumns::Need::kNone,
                                       .label = ExampleColumns::Need::kNone,
                                       .stratify = false})),
      predicted_(predicted) {
  parameters_.set_format(frozen_format(config.finetune));
  decoder_ = std::make_unique<Decoder>(base_, parameters_);
  parameters_.set_format(BlockFormat::kF32);
  decoder_->set_layer_runner(layer_runner(config));
  tokenizer_ = load_tokenizer(base_);
  if (config.finetune.frozen_layers > decoder_->layers())
    throw Error(ErrorCode::kConfig,
                "the model has " + std::to_string(decoder_->layers()) + " layers, " +
                    std::to_string(config.finetune.frozen_layers) + " are to be frozen",
                "", {.key = "finetune.frozen_layers"});
  torch::manual_seed(static_cast<std::uint64_t>(config.seed));
  const std::string& tune = config.finetune.tune;
  adapters_ = make_adapters(config.finetune, config.finetune.frozen_layers, *decoder_, parameters_);
  const int frozen = config.finetune.frozen_layers;
  for (Parameter& one : parameters_.all())
    if (one.saved)
      one.trained =
          (frozen == 0 || one.depth > frozen) && (tune == "full" || (tune == "bitfit" && one.name.ends_with(".bias")));
  if (parameters_.trained_count() == 0)
    throw Error(ErrorCode::kConfig, "nothing of the model is trained", "choose full, lora, adalora, ia3 or adapter",
                {.key = "finetune.tune"});
  start_from_adapter(config.finetune, "", parameters_);
  parameters_.require_gradients();

  limit_ = token_limit(config.finetune, decoder_->config().positions, decoder_->config().positions);
  virtual_ = virtual_ids(*decoder_, parameters_);
  if (predicted == Predicted::kAnswer) {
    const ChatTemplate chat(chat_template_text(base_));
    const std::set<std::string> distinct(examples_.others.begin(), examples_.others.end());
    if (distinct.size() <= kMostAnswers) answers_.assign(distinct.begin(), distinct.end());
    for (const std::string& text : examples_.texts)
      prompts_.push_back(instruction_prompt(*tokenizer_, chat, decoder_->config().begin_token, text));
  }
  for (std::size_t i = 0; i < examples_.texts.size(); ++i) {
    if (predicted == Predicted::kAnswer) {
      sequences_.push_back(with_answer(static_cast<std::int64_t>(i), examples_.others[i]));
      continue;
    }
    Sequence one{text_prompt(*tokenizer_, decoder_->config().begin_token, examples_.texts[i]), 1};
    const auto& ends = decoder_->config().end_tokens;
    if (!ends.empty()) one.ids.push_back(ends.front());
    if (static_cast<int>(one.ids.size()) > limit_) one.ids.resize(limit_);
    put_virtual_tokens(one);
    sequences_.push_back(std::move(one));
  }
  for (const std::int64_t i : examples_.of(Part::kTrain)) {
    if (sequences_[i].ids.size() <= sequences_[i].first) continue;  // nothing to predict
    train_.push_back(i);
    lengths_.push_back(static_cast<std::int32_t>(sequences_[i].ids.size()));
  }
}

// Of a long prompt its end stays, where the latest events and the question are.
CausalLanguage::Sequence CausalLanguage::with_answer(std::int64_t example, const std::string& answer) const {
  std::vector<std::int32_t> wanted = tokenizer_->encode_plain(answer);
  const auto& ends = decoder_->config().end_tokens;
  if (!ends.empty()) wanted.push_back(ends.front());
  const auto most = static_cast<std::size_t>(limit_);
  if (wanted.size() + 1 > most) wanted.resize(most - 1);
  const auto& prompt = prompts_[example];
  const std::size_t kept = std::min(prompt.size(), most - wanted.size());
  Sequence out{{prompt.end() - static_cast<std::ptrdiff_t>(kept), prompt.end()}, kept};
  out.ids.insert(out.ids.end(), wanted.begin(), wanted.end());
  put_virtual_tokens(out);
  return out;
}

void CausalLanguage::put_virtual_tokens(Sequence& sequence) const {
  sequence.ids.insert(sequence.ids.begin(), virtual_.begin(), virtual_.end());
  sequence.first += virtual_.size();
}

torch::Tensor CausalLanguage::losses(std::span<const Sequence* const> sequences) {
  std::vector<std::span<const std::int32_t>> ids;
  std::vector<std::int64_t> places, words;
  std::int64_t begin = 0;
  for (const Sequence* one : sequences) {
    ids.emplace_back(one->ids);
    for (std::size_t t = one->first; t < one->ids.size(); ++t) {
      places.push_back(begin + static_cast<std::int64_t>(t) - 1);
      words.push_back(one->ids[t]);
    }
    begin += static_cast<std::int64_t>(one->ids.size());
  }
  const PackedBatch packed = on_device(pack(ids), parameters_.device());
  const auto numbers = packed.ids.options();
  const torch::Tensor states = decoder_->states(packed).index_select(0, torch::tensor(places, numbers));
  return torch::cross_entropy_loss(decoder_->logits(states), torch::tensor(words, numbers), {}, at::Reduction::None);
}

torch::Tensor CausalLanguage::loss(std::span<const std::int64_t> batch) {
  if (adapters_ != nullptr) adapters_->set_training(true);
  std::vector<const Sequence*> some;
  for (const std::int64_t i : batch) some.push_back(&sequences_[train_[i]]);
  return losses(some).mean();
}

double CausalLanguage::weight(std::span<const std::int64_t> batch) const {
  double out = 0;
  for (const std::int64_t i : batch) {
    const Sequence& one = sequences_[train_[i]];
    out += static_cast<double>(one.ids.size() - one.first);
  }
  return out;
}

std::map<std::string, double> CausalLanguage::measure(Part part) {
  const torch::NoGradGuard no_graph;
  if (adapters_ != nullptr) adapters_->set_training(false);
  std::vector<std::int64_t> examples;
  for (const std::int64_t i : examples_.of(part))
    if (sequences_[i].ids.size() > sequences_[i].first) examples.push_back(i);
  std::map<std::string, double> out = {{"loss", kNan}, {"perplexity", kNan}};
  if (!answers_.empty()) out["accuracy"] = kNan;
  if (answers_.size() == 2) out["auc"] = kNan;
  if (examples.empty()) return out;
  std::vector<std::int32_t> lengths;
  for (const std::int64_t i : examples) lengths.push_back(static_cast<std::int32_t>(sequences_[i].ids.size()));
  double sum = 0, count = 0;
  for (const auto& batch : sorted_batches(lengths, kMeasuredBatch)) {
    std::vector<const Sequence*> some;
    for (const std::int64_t i : batch) some.push_back(&sequences_[examples[i]]);
    const torch::Tensor one = losses(some);
    sum += one.sum().item<double>();
    count += static_cast<double>(one.numel());
  }
  out["loss"] = sum / count;
  out["perplexity"] = std::exp(sum / count);
  if (!answers_.empty()) measure_answers(examples, out);
  return out;
}

void CausalLanguage::measure_answers(std::span<const std::int64_t> examples, std::map<std::string, double>& out) {
  double right = 0;
  std::vector<std::pair<double, bool>> scored;
  for (const std::int64_t i : examples) {
    std::vector<Sequence> candidates;
    std::vector<const Sequence*> some;
    for (const std::string& answer : answers_) candidates.push_back(with_answer(i, answer));
    for (const Sequence& one : candidates) some.push_back(&one);
    const torch::Tensor all = losses(some);
    std::vector<double> likelihoods;
    std::int64_t begin = 0;
    for (const Sequence& one : candidates) {
      const auto end = begin + static_cast<std::int64_t>(one.ids.size() - one.first);
      likelihoods.push_back(-all.slice(0, begin, end).sum().item<double>());
      begin = end;
    }
    const auto best = std::ranges::max_element(likelihoods) - likelihoods.begin();
    right += answers_[best] == examples_.others[i] ? 1 : 0;
    if (answers_.size() == 2) scored.emplace_back(likelihoods[1] - likelihoods[0], answers_[1] == examples_.others[i]);
  }
  out["accuracy"] = right / static_cast<double>(examples.size());
  if (answers_.size() == 2) out["auc"] = area_under_curve(scored);
}

TaskSummary CausalLanguage::summary() const {
  const auto count = [&](Part part) { return static_cast<std::int64_t>(examples_.of(part).size()); };
  double tokens = 0;
  for (const Sequence& one : sequences_) tokens += static_cast<double>(one.ids.size());
  return {static_cast<std::int64_t>(train_.size()), count(Part::kValid), count(Part::kTest), 0,
          tokens / static_cast<double>(sequences_.size())};
}

void CausalLanguage::save(const fs::path& model, const fs::path& adapter) const {
  const AdapterFile file{.base_model = config_.lm.model, .task_type = "CAUSAL_LM", .modules = {}, .prefix = ""};
  save_folders(model, adapter, adapters_.get(), file, [&](const fs::path& folder) {
    copy_tokenizer(base_, folder);
    for (const char* name : {"config.json", "generation_config.json", "chat_template.jinja"})
      if (fs::exists(base_ / name)) fs::copy_file(base_ / name, folder / name);
    save_weights(parameters_, adapters_.get(), folder / "model.safetensors");
    return folder;
  });
}

}  // namespace genre::trainer
