// Tasks with a head that gives numbers of a text or a pair of texts: what classify, multi_label, regress and rank
// share.
#pragma once

#include <memory>
#include <string>

#include "genre/finetune/examples.h"
#include "genre/finetune/measures.h"
#include "genre/torch/classifier_head.h"
#include "genre/torch/pipelined.h"
#include "genre/torch/regularised_loss.h"
#include "genre/torch/text_task.h"

namespace genre::trainer {

// An encoder that several heads share, and what the names of the tensors of one begin with. Without an encoder a task
// has one of its own.
struct SharedEncoder {
  std::shared_ptr<TunedEncoder> encoder;
  std::string prefix;
};

class LabelledTask : public TextTask, public Pipelined {
 public:
  Parameters& parameters() override { return encoder_->parameters(); }
  std::span<const std::int32_t> lengths() const override { return unit_lengths_; }
  void begin_step(std::span<const std::vector<std::int64_t>> batches) override;
  torch::Tensor loss(std::span<const std::int64_t> batch) override;
  int layer_count() const override { return encoder_->encoder().layers(); }
  torch::Tensor lower_half(std::span<const std::int64_t> batch, int at) override;
  std::vector<std::int64_t> half_sizes(std::span<const std::int64_t> batch) const override;
  torch::Tensor upper_half(std::span<const std::int64_t> batch, const torch::Tensor& states, int at) override;
  std::map<std::string, double> measure(Part part) override;
  TaskSummary summary() const override;
  void save(const std::filesystem::path& model, const std::filesystem::path& adapter) const override;
  // The encoder's numbers of the texts of training examples.
  std::vector<std::int64_t> texts_of(std::span<const std::int64_t> batch) const {
    return in_encoder(examples_of(batch));
  }

 protected:
  // `labels` are the names of the head's outputs, `problem` is problem_type of config.json. What is trained of a shared
  // encoder is chosen by its owner, behind the last head.
  LabelledTask(const FinetuneConfig& config, Examples examples, std::vector<std::string> labels, std::string problem,
               const SharedEncoder& shared = {});

  const FinetuneConfig& config() const { return config_; }
  const Examples& examples() const { return examples_; }
  ClassifierHead& head() { return *head_; }
  // The mean of the losses of examples (B), each times the weight of its source.
  torch::Tensor weighted_mean(const torch::Tensor& losses, std::span<const std::int64_t> examples) const;
  // What one training example is made of: examples by number; each by itself unless a task groups them.
  void set_units(std::vector<std::vector<std::int64_t>> units);

  // The mean loss of logits (B x labels) for these examples.
  virtual torch::Tensor loss_of(const torch::Tensor& logits, std::span<const std::int64_t> examples) const = 0;
  // How far two passes over the same examples are apart, for R-Drop; not where the task refuses it.
  virtual torch::Tensor divergence(const torch::Tensor& a, const torch::Tensor& b) const = 0;
  // Values of all logits of a part (N x labels), N > 0 in order of `examples`.
  virtual Values values_of(ConstMatrixView logits, std::span<const std::int64_t> examples) const = 0;

 private:
  std::vector<std::int64_t> examples_of(std::span<const std::int64_t> units) const;
  std::vector<std::int64_t> in_encoder(std::vector<std::int64_t> examples) const;
  FinetuneConfig config_;
  Examples examples_;
  ClassifierConfig model_;
  std::string problem_;
  bool shared_;
  std::string prefix_;
  std::shared_ptr<TunedEncoder> encoder_;
  std::int64_t first_text_ = 0;  // of its own among the encoder's
  std::unique_ptr<ClassifierHead> head_;
  std::vector<std::vector<std::int64_t>> units_;
  std::vector<std::int32_t> unit_lengths_;
};

}  // namespace genre::trainer
