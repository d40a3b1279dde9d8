#include "genre/torch/masked_language.h"

#include <torch/torch.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/finetune/length_batches.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/sentence_config.h"
#include "genre/torch/sentence_model.h"
#include "genre/torch/tokenize.h"

namespace genre::trainer {
namespace fs = std::filesystem;
namespace {

constexpr double kReplaced = 0.8, kRandom = 0.1;

}  // namespace

MaskedLanguage::MaskedLanguage(const FinetuneConfig& config)
    : config_(config),
      base_(resolve_model(config.lm.model)),
      examples_(read_examples(config, {.label = ExampleColumns::Need::kNone, .stratify = false})),
      tokenizer_(load_tokenizer(base_)) {
  const SentenceConfig model = read_sentence_config(base_);
  auto mask = tokenizer_->find("[MASK]");
  if (!mask) mask = tokenizer_->find("<mask>");
  if (!mask)
    throw Error(ErrorCode::kConfig, "the tokenizer has no mask token", "choose another model",
                {.file = base_.string(), .key = "lm.model"});
  mask_ = *mask;
  for (std::int32_t id = 0; id < tokenizer_->vocabulary_size(); ++id)
    if (!tokenizer_->is_special(id)) ordinary_.push_back(id);
  torch::manual_seed(static_cast<std::uint64_t>(config.seed));
  const int limit = std::min(config.finetune.maximum_tokens, model.maximum_tokens);
  encoder_ = std::make_unique<TunedEncoder>(config, model.encoder, tokenize(*tokenizer_, examples_.texts, {}, limit));
  head_ = std::make_unique<LanguageHead>(*encoder_);
  encoder_->choose_trained();
  train_ = examples_.of(Part::kTrain);
  for (const std::int64_t i : train_) lengths_.push_back(encoder_->length(i));
}

MaskedLanguage::Hidden MaskedLanguage::hide(std::span<const std::int64_t> texts, RandomStream& random) const {
  Hidden out;
  std::int64_t begin = 0;
  for (const std::int64_t i : texts) {
    auto& ids = out.ids.emplace_back(encoder_->texts()[i].ids);
    std::vector<std::size_t> candidates, chosen;
    for (std::size_t t = 0; t < ids.size(); ++t)
      if (!tokenizer_->is_special(ids[t])) candidates.push_back(t);
    for (const std::size_t t : candidates)
      if (random.uniform() < config_.finetune.masking.share) chosen.push_back(t);
    if (chosen.empty() && !candidates.empty()) chosen.push_back(candidates[random.below(candidates.size())]);
    for (const std::size_t t : chosen) {
      out.places.push_back(begin + static_cast<std::int64_t>(t));
      out.words.push_back(ids[t]);
      const double kind = random.uniform();
      if (kind < kReplaced)
        ids[t] = mask_;
      else if (kind < kReplaced + kRandom)
        ids[t] = ordinary_[random.below(ordinary_.size())];
    }
    begin += static_cast<std::int64_t>(ids.size());
  }
  return out;
}

torch::Tensor MaskedLanguage::logits(const Hidden& hidden, Noise noise) {
  std::vector<std::span<const std::int32_t>> ids(hidden.ids.begin(), hidden.ids.end());
  const PackedBatch packed = on_device(pack(ids), encoder_->parameters().device());
  const torch::Tensor states = encoder_->states(packed, noise);
  return head_->apply(states.index_select(0, torch::tensor(hidden.places, packed.ids.options())));
}

// The head reads the whole word table, so its gradient has every row.
void MaskedLanguage::begin_step(std::span<const std::vector<std::int64_t>>) { encoder_->read_whole_table(); }

torch::Tensor MaskedLanguage::loss(std::span<const std::int64_t> batch) {
  std::vector<std::int64_t> texts;
  for (const std::int64_t i : batch) texts.push_back(train_[i]);
  // From torch's generator, which the trainer seeds by the step.
  const auto seed = torch::randint(std::numeric_limits<std::int64_t>::max(), {1}, torch::kInt64).item<std::int64_t>();
  RandomStream random(static_cast<std::uint64_t>(seed), "hidden words");
  const Hidden hidden = hide(texts, random);
  const torch::Tensor out = logits(hidden, Noise::kDropout);
  if (hidden.words.empty()) return out.sum() * 0;
  return torch::cross_entropy_loss(out, torch::tensor(hidden.words, out.options().dtype(torch::kInt64)));
}

std::map<std::string, double> MaskedLanguage::measure(Part part) {
  const std::vector<std::int64_t> texts = examples_.of(part);
  const torch::NoGradGuard no_graph;
  encoder_->read_whole_table();
  std::vector<std::int32_t> lengths;
  for (const std::int64_t i : texts) lengths.push_back(encoder_->length(i));
  RandomStream random(static_cast<std::uint64_t>(config_.seed), "hidden words of measurements");
  double loss = 0, right = 0, count = 0;
  for (const auto& batch : sorted_batches(lengths, kMeasuredBatch)) {
    std::vector<std::int64_t> some;
    for (const std::int64_t i : batch) some.push_back(texts[i]);
    const Hidden hidden = hide(some, random);
    if (hidden.words.empty()) continue;
    const torch::Tensor out = logits(hidden, Noise::kNone),
                        words = torch::tensor(hidden.words, out.options().dtype(torch::kInt64));
    loss += torch::cross_entropy_loss(out, words, {}, at::Reduction::Sum).item<double>();
    right += (out.argmax(1) == words).sum().item<double>();
    count += static_cast<double>(hidden.words.size());
  }
  return {{"loss", loss / count}, {"perplexity", std::exp(loss / count)}, {"accuracy", right / count}};
}

TaskSummary MaskedLanguage::summary() const {
  const auto count = [&](Part part) { return static_cast<std::int64_t>(examples_.of(part).size()); };
  return {count(Part::kTrain), count(Part::kValid), count(Part::kTest), 0, encoder_->mean_tokens()};
}

void MaskedLanguage::save(const fs::path& model, const fs::path& adapter) const {
  save_sentence_model(base_, read_sentence_config(base_), *encoder_, config_.lm.model, model, adapter,
                      std::string(head_->class_name()));
}

}  // namespace genre::trainer
