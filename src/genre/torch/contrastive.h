// The task `contrastive`: vectors of texts, near where two texts belong together. Columns: text, other, and label where
// pairs are graded.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "genre/finetune/examples.h"
#include "genre/lm/sentence_config.h"
#include "genre/torch/text_task.h"
#include "genre/torch/tuned_encoder.h"

namespace genre::trainer {

class Contrastive : public TextTask {
 public:
  // Throws Error(kConfig) for a model whose vectors come from more than a pooling of classes or means.
  explicit Contrastive(const FinetuneConfig& config);

  Parameters& parameters() override { return encoder_->parameters(); }
  std::span<const std::int32_t> lengths() const override { return lengths_; }
  void begin_step(std::span<const std::vector<std::int64_t>> batches) override;
  torch::Tensor loss(std::span<const std::int64_t> batch) override;
  // loss over blocks of pairs; of graded pairs spearman between labels and cosines; of others recall@1 and mrr of a
  // text's other among all others of the part.
  std::map<std::string, double> measure(Part part) override;
  TaskSummary summary() const override;
  std::string_view default_metric() const override { return graded_ ? "spearman" : "mrr"; }
  void save(const std::filesystem::path& model, const std::filesystem::path& adapter) const override;

 private:
  // Unit vectors (B x D) of these sequences.
  torch::Tensor vectors(std::span<const std::int64_t> sequences, Noise noise);
  torch::Tensor unit(const torch::Tensor& states, const PackedBatch& batch) const;  // pooled, of unit length
  // What `embed` gives for these sequences, row by row, batches of like length at a time.
  using Embed = std::function<torch::Tensor(std::span<const std::int64_t> sequences)>;
  torch::Tensor in_batches(std::span<const std::int64_t> sequences, const Embed& embed) const;
  std::int64_t other(std::int64_t example) const { return example + static_cast<std::int64_t>(examples_.texts.size()); }
  // `others` are those of the examples, and behind them the negatives of all, which are others of examples too.
  torch::Tensor loss_of(const torch::Tensor& texts, const torch::Tensor& others, std::span<const std::int64_t> examples,
                        std::span<const std::int64_t> negatives = {}) const;
  void find_negatives();
  // The hard negatives of a batch of train_, each different other once, without the batch's own.
  std::vector<std::int64_t> negatives_of(std::span<const std::int64_t> batch) const;
  bool belong_together(std::int64_t a, std::int64_t b) const;  // the text of a and the other of b

  FinetuneConfig config_;
  std::filesystem::path base_;
  Examples examples_;
  std::vector<double> labels_;  // of graded pairs
  bool graded_ = false;
  std::set<std::pair<std::string_view, std::string_view>> pairs_;  // known to belong together
  SentenceConfig model_;
  std::unique_ptr<TunedEncoder> encoder_;  // texts, then others
  std::vector<std::int64_t> train_;        // examples
  // Of each of train_, where there are hard negatives: them, and its own other. An other is named by the first example
  // that has it.
  std::vector<std::vector<std::int64_t>> negatives_;
  std::vector<std::int64_t> own_;
  std::vector<std::int32_t> lengths_;
};

// InfoNCE both ways (van den Oord et al. 2018): a text's own other (row of the same number) against all others, and an
// other's own text against those of the batch. texts: B x D, others: M x D with M >= B, of unit length: what lies
// behind the first B is nobody's own. `hidden` (B x M, bool): pairs that are left out of the softmax.
torch::Tensor in_batch_loss(const torch::Tensor& texts, const torch::Tensor& others, const torch::Tensor& hidden,
                            double temperature);
// log(1 + sum of exp((cosine of j - cosine of i) / temperature) over pairs with label i > label j): Su, "CoSENT"
// (2022).
torch::Tensor cosent_loss(const torch::Tensor& cosines, const torch::Tensor& labels, double temperature);

}  // namespace genre::trainer
