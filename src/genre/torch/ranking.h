// The task `rank`: candidates of a query by how well they fit, query and candidate read together as one sequence, as
// `genre lm rank` serves it. Columns: text (the query), other (a candidate), label (how good it is).
#pragma once

#include "genre/torch/labelled_task.h"

namespace genre::trainer {

class Ranking : public LabelledTask {
 public:
  // A query whose candidates all have one label teaches nothing and is left out of the training. Throws
  // Error(kData) where no query is left.
  explicit Ranking(const FinetuneConfig& config);
  std::string_view default_metric() const override { return "ndcg@10"; }

 private:
  // The mean over queries of the loss that finetune.rank.loss names.
  torch::Tensor loss_of(const torch::Tensor& logits, std::span<const std::int64_t> examples) const override;
  torch::Tensor divergence(const torch::Tensor& a, const torch::Tensor& b) const override;  // mean square
  // The loss, and as ranking_values.
  Values values_of(ConstMatrixView logits, std::span<const std::int64_t> examples) const override;
  std::vector<std::vector<std::int64_t>> queries(std::span<const std::int64_t> examples) const;

  std::vector<double> values_;  // N
};

}  // namespace genre::trainer
