#include "genre/torch/contrastive.h"

#include <torch/torch.h>

#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/interrupt.h"
#include "genre/base/not_a_number.h"
#include "genre/finetune/correlation.h"
#include "genre/finetune/length_batches.h"
#include "genre/lm/catalogue.h"
#include "genre/torch/hard_negatives.h"
#include "genre/torch/sentence_model.h"
#include "genre/torch/tokenize.h"
#include "genre/torch/virtual_tokens.h"

namespace genre::trainer {
namespace fs = std::filesystem;
namespace {

constexpr int kTextsAtOnce = 64;
constexpr std::int64_t kLossBlock = 64;   // pairs that a measured loss compares
constexpr std::int64_t kRankBlock = 256;  // texts ranked at once

}  // namespace

torch::Tensor in_batch_loss(const torch::Tensor& texts, const torch::Tensor& others, const torch::Tensor& hidden,
                            double temperature) {
  const torch::Tensor scores = (torch::mm(texts, others.t()) / temperature).masked_fill(hidden, kHidden);
  const torch::Tensor own = torch::arange(scores.size(0), hidden.options().dtype(torch::kInt64));
  const torch::Tensor of_batch = scores.slice(1, 0, scores.size(0));
  return (torch::cross_entropy_loss(scores, own) + torch::cross_entropy_loss(of_batch.t(), own)) / 2;
}

torch::Tensor cosent_loss(const torch::Tensor& cosines, const torch::Tensor& labels, double temperature) {
  const torch::Tensor better = labels.unsqueeze(1) > labels.unsqueeze(0);  // [i][j]: i is to be nearer than j
  const torch::Tensor exponents = ((cosines.unsqueeze(0) - cosines.unsqueeze(1)) / temperature).masked_select(better);
  return torch::logsumexp(torch::cat({torch::zeros({1}, exponents.options()), exponents}), 0);
}

Contrastive::Contrastive(const FinetuneConfig& config)
    : config_(config),
      base_(resolve_model(config.lm.model)),
      examples_(read_examples(config,
                              {.other = ExampleColumns::Need::kRequired,
                               .label = config.finetune.contrastive.loss == "cosent" ? ExampleColumns::Need::kRequired
                                                                                     : ExampleColumns::Need::kOptional,
                               .stratify = false})) {
  model_ = read_pooled_model(base_);
  graded_ = std::ranges::any_of(examples_.labels, [](const auto& label) { return !label.empty(); });
  if (graded_) labels_ = label_values(examples_);

  torch::manual_seed(static_cast<std::uint64_t>(config.seed));
  const auto tokenizer = load_tokenizer(base_);
  const int limit = token_limit(config.finetune, model_.maximum_tokens, model_.encoder.positions);
  std::vector<TokenSequence> texts = tokenize(*tokenizer, examples_.texts, {}, limit);
  for (auto& one : tokenize(*tokenizer, examples_.others, {}, limit)) texts.push_back(std::move(one));
  encoder_ = std::make_unique<TunedEncoder>(config, model_.encoder, std::move(texts));
  encoder_->choose_trained();
  expect_something_trained(encoder_->parameters());
  const auto least = config.finetune.contrastive.least_label;
  for (const std::int64_t i : examples_.of(Part::kTrain)) {
    const bool in_batch = config.finetune.contrastive.loss == "in_batch";
    if (in_batch && graded_ && least && labels_[i] < *least) continue;
    train_.push_back(i);
    lengths_.push_back(encoder_->length(i) + encoder_->length(other(i)));
    pairs_.emplace(examples_.texts[i], examples_.others[i]);
    pairs_.emplace(examples_.others[i], examples_.texts[i]);
  }
  if (train_.empty())
    throw Error(ErrorCode::kData, "no pair of the training part has a label of at least " + std::to_string(*least),
                "lower it", {.file = examples_.file, .key = "finetune.contrastive.least_label"});
  if (config.finetune.contrastive.hard_negatives > 0) find_negatives();
}

// With the weights as they are before the first step, so that a training that goes on finds the same.
void Contrastive::find_negatives() {
  const torch::NoGradGuard no_graph;
  std::vector<std::int64_t> candidates;  // examples, one for each different other
  std::vector<std::int64_t> others;      // sequences of these
  std::vector<std::int64_t> own;         // of each of train_: the candidate that its other is
  std::map<std::string_view, std::int64_t> candidate_of;
  for (const std::int64_t i : train_) {
    const auto [found, fresh] = candidate_of.emplace(examples_.others[i], candidates.size());
    own.push_back(found->second);
    if (!fresh) continue;
    candidates.push_back(i);
    others.push_back(other(i));
  }
  // States behind frozen layers are kept for the device that steps will have, which is not known yet.
  const auto embed = [&](std::span<const std::int64_t> some) {
    throw_if_interrupted();
    const PackedBatch packed = encoder_->pack_texts(some);
    return unit(encoder_->states(packed, Noise::kNone), packed);
  };
  const torch::Tensor vectors = in_batches(others, embed);
  const ContrastiveOptions& options = config_.finetune.contrastive;
  const auto found = hard_negatives(
      in_batches(train_, embed), vectors.index_select(0, torch::tensor(own, torch::kInt64)), vectors,
      [&](std::int64_t text, std::int64_t candidate) { return belong_together(train_[text], candidates[candidate]); },
      options.hard_negatives, options.hard_margin);
  bool any = false;
  for (std::size_t n = 0; n < train_.size(); ++n) {
    negatives_.emplace_back();
    own_.push_back(candidates[own[n]]);
    for (const std::int64_t candidate : found[n]) {
      negatives_.back().push_back(candidates[candidate]);
      lengths_[n] += encoder_->length(others[candidate]);
      any = true;
    }
  }
  if (!any)
    throw Error(ErrorCode::kData, "no pair has a hard negative: all others belong to it, or are too near",
                "lower finetune.contrastive.hard_margin",
                {.file = examples_.file, .key = "finetune.contrastive.hard_negatives"});
}

std::vector<std::int64_t> Contrastive::negatives_of(std::span<const std::int64_t> batch) const {
  std::set<std::int64_t> out;
  if (negatives_.empty()) return {};
  for (const std::int64_t i : batch) out.insert(negatives_[i].begin(), negatives_[i].end());
  for (const std::int64_t i : batch) out.erase(own_[i]);
  return {out.begin(), out.end()};
}

bool Contrastive::belong_together(std::int64_t a, std::int64_t b) const {
  return examples_.texts[a] == examples_.others[b] || examples_.others[a] == examples_.others[b] ||
         examples_.texts[a] == examples_.texts[b] || pairs_.contains({examples_.texts[a], examples_.others[b]});
}

torch::Tensor Contrastive::loss_of(const torch::Tensor& texts, const torch::Tensor& others,
                                   std::span<const std::int64_t> examples,
                                   std::span<const std::int64_t> negatives) const {
  const double temperature = config_.finetune.contrastive.temperature;
  if (config_.finetune.contrastive.loss == "cosent") {
    std::vector<double> labels;
    for (const std::int64_t i : examples) labels.push_back(labels_[i]);
    return cosent_loss((texts * others).sum(1), torch::tensor(labels, torch::kFloat64).to(texts.device()), temperature);
  }
  std::vector<std::int64_t> columns(examples.begin(), examples.end());
  columns.insert(columns.end(), negatives.begin(), negatives.end());
  const auto count = static_cast<std::int64_t>(examples.size()), all = static_cast<std::int64_t>(columns.size());
  torch::Tensor hidden = torch::zeros({count, all}, torch::kBool);
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t j = 0; j < all; ++j)
      if (i != j && belong_together(examples[i], columns[j])) hidden[i][j] = true;
  return in_batch_loss(texts, others, hidden.to(texts.device()), temperature);
}

torch::Tensor Contrastive::in_batches(std::span<const std::int64_t> sequences, const Embed& embed) const {
  std::vector<std::int32_t> lengths;
  for (const std::int64_t i : sequences) lengths.push_back(encoder_->length(i));
  torch::Tensor out = torch::zeros({static_cast<std::int64_t>(sequences.size()), model_.encoder.hidden});
  for (const auto& batch : sorted_batches(lengths, kTextsAtOnce)) {
    std::vector<std::int64_t> some;
    for (const std::int64_t i : batch) some.push_back(sequences[i]);
    out.index_copy_(0, torch::tensor(batch, torch::kInt64), embed(some));
  }
  return out;
}

torch::Tensor Contrastive::vectors(std::span<const std::int64_t> sequences, Noise noise) {
  const PackedBatch packed = encoder_->pack_texts(sequences);
  return unit(encoder_->states(packed, sequences, noise), packed);
}

torch::Tensor Contrastive::unit(const torch::Tensor& states, const PackedBatch& batch) const {
  const torch::Tensor x = pool(model_.pooling, states, batch).to(torch::kFloat32);
  return x / x.norm(2, 1, /*keepdim=*/true).clamp_min(1e-12);
}

void Contrastive::begin_step(std::span<const std::vector<std::int64_t>> batches) {
  std::vector<std::int64_t> read;
  for (const auto& batch : batches) {
    for (const std::int64_t i : batch) {
      read.push_back(train_[i]);
      read.push_back(other(train_[i]));
    }
    for (const std::int64_t i : negatives_of(batch)) read.push_back(other(i));
  }
  encoder_->begin_step(read);
}

torch::Tensor Contrastive::loss(std::span<const std::int64_t> batch) {
  std::vector<std::int64_t> examples, sequences;
  for (const std::int64_t i : batch) examples.push_back(train_[i]);
  sequences = examples;
  for (const std::int64_t i : examples) sequences.push_back(other(i));
  const std::vector<std::int64_t> negatives = negatives_of(batch);
  for (const std::int64_t i : negatives) sequences.push_back(other(i));
  const torch::Tensor all = vectors(sequences, Noise::kDropout);
  const auto count = static_cast<std::int64_t>(examples.size());
  return loss_of(all.slice(0, 0, count), all.slice(0, count), examples, negatives);
}

std::map<std::string, double> Contrastive::measure(Part part) {
  const std::vector<std::int64_t> examples = examples_.of(part);
  const auto count = static_cast<std::int64_t>(examples.size());
  std::map<std::string, double> out = {{"loss", kNan}};
  if (graded_)
    out["spearman"] = kNan;
  else
    out["mrr"] = out["recall@1"] = kNan;
  if (count == 0) return out;
  const torch::NoGradGuard no_graph;
  encoder_->read_whole_table();
  std::vector<std::int64_t> sequences = examples;
  for (const std::int64_t i : examples) sequences.push_back(other(i));
  const torch::Tensor all =
      in_batches(sequences, [&](std::span<const std::int64_t> some) { return vectors(some, Noise::kNone).cpu(); });
  const torch::Tensor texts = all.slice(0, 0, count), others = all.slice(0, count, 2 * count);

  double loss = 0;
  for (std::int64_t begin = 0; begin < count; begin += kLossBlock) {
    const std::int64_t end = std::min(count, begin + kLossBlock);
    loss += loss_of(texts.slice(0, begin, end), others.slice(0, begin, end),
                    std::span(examples).subspan(begin, end - begin))
                .item<double>() *
            static_cast<double>(end - begin);
  }
  out["loss"] = loss / static_cast<double>(count);
  if (graded_) {
    const torch::Tensor cosines = (texts * others).sum(1).to(torch::kFloat64).contiguous();
    std::vector<double> labels;
    for (const std::int64_t i : examples) labels.push_back(labels_[i]);
    out["spearman"] = spearman(labels, {cosines.data_ptr<double>(), static_cast<std::size_t>(count)});
    return out;
  }
  double reciprocal = 0, first = 0;
  for (std::int64_t begin = 0; begin < count; begin += kRankBlock) {
    const std::int64_t end = std::min(count, begin + kRankBlock);
    const torch::Tensor scores = torch::mm(texts.slice(0, begin, end), others.t());
    for (std::int64_t i = begin; i < end; ++i) {
      const torch::Tensor row = scores[i - begin];
      // Others that the text belongs to as well do not stand in its way.
      std::int64_t better = (row > row[i]).sum().item<std::int64_t>();
      if (better > 0) {
        const torch::Tensor ahead = torch::nonzero(row > row[i]).flatten();
        for (std::int64_t a = 0; a < ahead.size(0); ++a)
          if (belong_together(examples[i], examples[ahead[a].item<std::int64_t>()])) --better;
      }
      reciprocal += 1 / static_cast<double>(better + 1);
      first += better == 0 ? 1 : 0;
    }
  }
  out["mrr"] = reciprocal / static_cast<double>(count);
  out["recall@1"] = first / static_cast<double>(count);
  return out;
}

TaskSummary Contrastive::summary() const {
  const auto count = [&](Part part) { return static_cast<std::int64_t>(examples_.of(part).size()); };
  return {static_cast<std::int64_t>(train_.size()), count(Part::kValid), count(Part::kTest), 0,
          encoder_->mean_tokens()};
}

void Contrastive::save(const fs::path& model, const fs::path& adapter) const {
  save_sentence_model(base_, model_, *encoder_, config_.lm.model, model, adapter);
}

}  // namespace genre::trainer
