// A loss with what [finetune.regularisation] adds to it: R-Drop, mixup, adversarial training.
#pragma once

#include <torch/types.h>

#include <functional>

#include "genre/finetune/options.h"
#include "genre/torch/packed_batch.h"

namespace genre::trainer {

// How a batch becomes a loss. Each call to represent draws its own dropout.
struct LossSteps {
  std::function<torch::Tensor(const torch::Tensor& shift)> represent;  // B x D; shift (T x width) of word embeddings
  std::function<torch::Tensor(const torch::Tensor& pooled)> head;      // B x L
  std::function<torch::Tensor(const torch::Tensor& out)> loss;         // mean over the batch
  std::function<torch::Tensor(const torch::Tensor& out, const torch::Tensor& order)> loss_of_others;
  // of each row's logits against the labels of row order[b] (B, int64); empty: no mixup
  std::function<torch::Tensor(const torch::Tensor&, const torch::Tensor&)> divergence;
  std::int64_t width = 0;  // of word embeddings
};

// The mean of the losses that the chosen methods take: with mixup, lambda L(y) + (1 - lambda) L(y of another row), one
// lambda a batch; with R-Drop, the mean of two passes plus r_drop times their divergence; with fgm and pgd, the mean of
// the clean loss and that at the moved embeddings; with freelb, the mean over its steps.
torch::Tensor regularised_loss(const RegularisationOptions& options, const PackedBatch& batch, const LossSteps& steps);

}  // namespace genre::trainer
