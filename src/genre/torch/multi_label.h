// The task `multi_label`: any number of labels a text, each by its own logistic regression on the encoder's state. A
// fresh head starts from how often each label is given: else the first steps go into rare labels' being rare, and pull
// the states of all texts into one direction (Lin et al., "Focal loss for dense object detection", 2017, section 3.3).
#pragma once

#include "genre/torch/labelled_task.h"

namespace genre::trainer {

class MultiLabel : public LabelledTask {
 public:
  explicit MultiLabel(const FinetuneConfig& config, const SharedEncoder& shared = {});
  std::string_view default_metric() const override { return "micro_f1"; }

 private:
  MultiLabel(const FinetuneConfig& config, const SharedEncoder& shared, Examples&& examples);
  MultiLabel(const FinetuneConfig& config, const SharedEncoder& shared, const LabelNumbers& labels,
             Examples&& examples);
  // Binary cross-entropy, the mean over texts and labels; label_smoothing draws 0 and 1 towards a half.
  torch::Tensor loss_of(const torch::Tensor& logits, std::span<const std::int64_t> examples) const override;
  torch::Tensor divergence(const torch::Tensor& a, const torch::Tensor& b) const override;  // symmetric KL
  // As many_label_values.
  Values values_of(ConstMatrixView logits, std::span<const std::int64_t> examples) const override;
  void start_at_frequencies();
  torch::Tensor targets(std::span<const std::int64_t> examples) const;  // B x labels, 0 or 1

  LabelNumbers labels_;
};

}  // namespace genre::trainer
