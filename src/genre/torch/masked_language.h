// The task `masked_lm`: words that are hidden in a text are found again; what an encoder goes on learning from texts
// without labels. Source: Devlin et al., "BERT" (2019). Column: text.
#pragma once

#include <memory>

#include "genre/base/random.h"
#include "genre/finetune/examples.h"
#include "genre/torch/language_head.h"
#include "genre/torch/text_task.h"

namespace genre::trainer {

class MaskedLanguage : public TextTask {
 public:
  explicit MaskedLanguage(const FinetuneConfig& config);

  Parameters& parameters() override { return encoder_->parameters(); }
  std::span<const std::int32_t> lengths() const override { return lengths_; }
  void begin_step(std::span<const std::vector<std::int64_t>> batches) override;
  torch::Tensor loss(std::span<const std::int64_t> batch) override;
  // Of hidden words, with masks of their own that never change: loss, perplexity, accuracy.
  std::map<std::string, double> measure(Part part) override;
  TaskSummary summary() const override;
  std::string_view default_metric() const override { return "perplexity"; }
  // The encoder with its head; `genre lm embed` reads it too, as vectors of the base were made.
  void save(const std::filesystem::path& model, const std::filesystem::path& adapter) const override;

 private:
  static constexpr int kMeasuredBatch = 32;
  std::int64_t at_once() const override { return kMeasuredBatch; }
  struct Hidden {
    std::vector<std::vector<std::int32_t>> ids;  // of each text, some replaced
    std::vector<std::int64_t> places, words;     // in the packed batch: where they were, and what they are
  };
  // At least one token of each text that has any beside the special ones.
  Hidden hide(std::span<const std::int64_t> texts, RandomStream& random) const;
  // Cross-entropy sum and, where wanted, how many were found.
  torch::Tensor logits(const Hidden& hidden, Noise noise);

  FinetuneConfig config_;
  std::filesystem::path base_;
  Examples examples_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::int32_t mask_ = 0;
  std::vector<std::int32_t> ordinary_;  // ids that a hidden word may turn into
  std::unique_ptr<TunedEncoder> encoder_;
  std::unique_ptr<LanguageHead> head_;
  std::vector<std::int64_t> train_;
  std::vector<std::int32_t> lengths_;
};

}  // namespace genre::trainer
