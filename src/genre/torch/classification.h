// The task `classify`: one label a text. An encoder, dropout, a linear head to the labels, cross-entropy; with a
// teacher (finetune.distil) also the divergence from its probabilities.
#pragma once

#include "genre/torch/labelled_task.h"

namespace genre::trainer {

class Classification : public LabelledTask {
 public:
  explicit Classification(const FinetuneConfig& config, const SharedEncoder& shared = {});
  std::string_view default_metric() const override { return "accuracy"; }

 private:
  Classification(const FinetuneConfig& config, const SharedEncoder& shared, Examples&& examples);
  Classification(const FinetuneConfig& config, const SharedEncoder& shared, const LabelNumbers& labels,
                 Examples&& examples);
  torch::Tensor loss_of(const torch::Tensor& logits, std::span<const std::int64_t> examples) const override;
  torch::Tensor divergence(const torch::Tensor& a, const torch::Tensor& b) const override;  // symmetric KL
  // As one_label_values.
  Values values_of(ConstMatrixView logits, std::span<const std::int64_t> examples) const override;
  torch::Tensor targets(std::span<const std::int64_t> examples) const;

  std::vector<std::int64_t> labels_;  // N
  torch::Tensor teacher_;             // N x labels: logits of the teacher; undefined without one
};

}  // namespace genre::trainer
