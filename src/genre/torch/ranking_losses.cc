#include "genre/torch/ranking_losses.h"

#include <torch/torch.h>

namespace genre::trainer {

torch::Tensor listwise_loss(const torch::Tensor& scores, const torch::Tensor& labels) {
  torch::Tensor wanted = labels.clamp_min(0);
  const torch::Tensor sum = wanted.sum();
  wanted = sum.item<float>() > 0 ? wanted / sum : torch::full_like(wanted, 1.0 / static_cast<double>(wanted.numel()));
  return -(wanted * torch::log_softmax(scores, 0)).sum();
}

torch::Tensor pairwise_loss(const torch::Tensor& scores, const torch::Tensor& labels) {
  const torch::Tensor better = labels.unsqueeze(1) > labels.unsqueeze(0);  // [i][j]: i over j
  const torch::Tensor losses = torch::softplus(scores.unsqueeze(0) - scores.unsqueeze(1)).masked_select(better);
  return losses.numel() > 0 ? losses.mean() : scores.sum() * 0;
}

torch::Tensor satisfaction_loss(const torch::Tensor& scores, const torch::Tensor& labels) {
  return -(torch::softmax(scores, 0) * labels).sum();
}

}  // namespace genre::trainer
