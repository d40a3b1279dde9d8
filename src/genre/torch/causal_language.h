// The tasks `causal_lm` and `instruct` on decoders: the next word of a text, and the answer to a prompt. Columns: text,
// and for instruct other, the answer, on which alone the loss is.
#pragma once

#include <memory>

#include "genre/finetune/examples.h"
#include "genre/text/tokenizer.h"
#include "genre/torch/adapters.h"
#include "genre/torch/decoder.h"
#include "genre/torch/text_task.h"

namespace genre::trainer {

class CausalLanguage : public TextTask {
 public:
  Parameters& parameters() override { return parameters_; }
  std::span<const std::int32_t> lengths() const override { return lengths_; }
  void begin_step(std::span<const std::vector<std::int64_t>>) override {}
  torch::Tensor loss(std::span<const std::int64_t> batch) override;
  double weight(std::span<const std::int64_t> batch) const override;  // predicted tokens
  // Of predicted tokens: loss, perplexity. Of instruct, where the examples have at most kMostAnswers distinct answers:
  // accuracy of the likeliest of them, and of two answers auc, the second in bytewise order being the positive one.
  std::map<std::string, double> measure(Part part) override;
  TaskSummary summary() const override;
  std::string_view default_metric() const override { return "perplexity"; }
  void save(const std::filesystem::path& model, const std::filesystem::path& adapter) const override;

  static constexpr std::size_t kMostAnswers = 8;

 protected:
  enum class Predicted { kEverything, kAnswer };
  CausalLanguage(const FinetuneConfig& config, Predicted predicted);

 private:
  static constexpr int kMeasuredBatch = 16;
  std::int64_t at_once() const override { return kMeasuredBatch; }
  struct Sequence {
    std::vector<std::int32_t> ids;
    std::size_t first = 0;  // of the predicted tokens, at least 1
  };
  Sequence with_answer(std::int64_t example, const std::string& answer) const;
  void put_virtual_tokens(Sequence& sequence) const;
  // Cross-entropy of the predicted tokens of all sequences, one after the other.
  torch::Tensor losses(std::span<const Sequence* const> sequences);
  void measure_answers(std::span<const std::int64_t> examples, std::map<std::string, double>& out);

  FinetuneConfig config_;
  std::filesystem::path base_;
  Examples examples_;
  Predicted predicted_;
  std::unique_ptr<Tokenizer> tokenizer_;
  int limit_ = 0;
  std::vector<std::int32_t> virtual_;  // ids that every sequence begins with
  Parameters parameters_;
  std::unique_ptr<Decoder> decoder_;
  std::unique_ptr<Adapters> adapters_;
  std::vector<std::vector<std::int32_t>> prompts_;  // of each example, for answers
  std::vector<Sequence> sequences_;                 // of each example
  std::vector<std::string> answers_;                // distinct; none where there are too many
  std::vector<std::int64_t> train_;
  std::vector<std::int32_t> lengths_;
};

class NextWord : public CausalLanguage {
 public:
  explicit NextWord(const FinetuneConfig& config) : CausalLanguage(config, Predicted::kEverything) {}
};

class Instruction : public CausalLanguage {
 public:
  explicit Instruction(const FinetuneConfig& config) : CausalLanguage(config, Predicted::kAnswer) {}
};

}  // namespace genre::trainer
