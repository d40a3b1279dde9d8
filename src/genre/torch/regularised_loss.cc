#include "genre/torch/regularised_loss.h"

#include <torch/torch.h>

namespace genre::trainer {
namespace {

// Of each token: the length of `x` (T x width) over the whole of its sequence, as T x 1.
torch::Tensor sequence_lengths(const torch::Tensor& x, const PackedBatch& batch) {
  const torch::Tensor squares = x.pow(2).sum(1);
  return torch::zeros({batch.sequences}, x.options())
      .index_add(0, batch.sequence, squares)
      .sqrt()
      .index_select(0, batch.sequence)
      .unsqueeze(1);
}

// `x` with each sequence made `length` long; 0 where it is 0.
torch::Tensor of_length(const torch::Tensor& x, double length, const PackedBatch& batch) {
  return x * (length / sequence_lengths(x, batch).clamp_min(1e-12));
}

// `x` with longer sequences cut to `length`.
torch::Tensor within(const torch::Tensor& x, double length, const PackedBatch& batch) {
  return x * (length / sequence_lengths(x, batch).clamp_min(1e-12)).clamp_max(1);
}

// Of one symmetric Beta(a, a), by two Gamma(a, 1).
double draw_beta(double a) {
  const torch::Tensor gammas = torch::_standard_gamma(torch::full({2}, a, torch::kFloat64));
  const double first = gammas[0].item<double>(), second = gammas[1].item<double>();
  return first + second > 0 ? first / (first + second) : 0.5;
}

class Regularised {
 public:
  Regularised(const RegularisationOptions& options, const PackedBatch& batch, const LossSteps& steps)
      : options_(options), batch_(batch), steps_(steps) {}

  torch::Tensor loss() const {
    // Where no gradients are taken, no shift goes uphill.
    if (options_.adversarial == "none" || !torch::GradMode::is_enabled()) return at({});
    if (options_.adversarial == "freelb") return free_loss();
    torch::Tensor shift =
        torch::zeros({batch_.ids.size(0), steps_.width}, batch_.lengths.options().requires_grad(true));
    const torch::Tensor clean = at(shift);
    const bool one_step = options_.adversarial == "fgm";
    const double size = options_.adversarial_size, step = one_step ? size : options_.adversarial_step;
    torch::Tensor gradient = torch::autograd::grad({clean}, {shift}, {}, /*retain_graph=*/true)[0];
    for (int k = 0;; ++k) {
      shift = within(shift.detach() + of_length(gradient, step, batch_), size, batch_);
      if (one_step || k + 1 == options_.adversarial_steps) break;
      shift.requires_grad_(true);
      gradient = torch::autograd::grad({at(shift)}, {shift})[0];
    }
    return (clean + at(shift)) / 2;
  }

 private:
  torch::Tensor free_loss() const {
    const double size = options_.adversarial_size;
    torch::Tensor shift =
        of_length(torch::empty({batch_.ids.size(0), steps_.width}).uniform_(-1, 1).to(batch_.ids.device()),
                  size * torch::rand({1}).item<double>(), batch_);
    torch::Tensor sum;
    for (int k = 0; k < options_.adversarial_steps; ++k) {
      shift.requires_grad_(true);
      const torch::Tensor one = at(shift);
      sum = sum.defined() ? sum + one : one;
      if (k + 1 == options_.adversarial_steps) break;
      const torch::Tensor gradient = torch::autograd::grad({one}, {shift}, {}, /*retain_graph=*/true)[0];
      shift = within(shift.detach() + of_length(gradient, options_.adversarial_step, batch_), size, batch_);
    }
    return sum / options_.adversarial_steps;
  }

  torch::Tensor at(const torch::Tensor& shift) const {
    const torch::Tensor pooled = steps_.represent(shift);
    if (options_.mixup > 0) return mixed(pooled);
    const torch::Tensor out = steps_.head(pooled), loss = steps_.loss(out);
    if (options_.r_drop == 0) return loss;
    const torch::Tensor again = steps_.head(steps_.represent(shift));
    return (loss + steps_.loss(again)) / 2 + options_.r_drop * steps_.divergence(out, again);
  }

  torch::Tensor mixed(const torch::Tensor& pooled) const {
    const double own = draw_beta(options_.mixup);
    const torch::Tensor order = torch::randperm(pooled.size(0), torch::kInt64);
    const torch::Tensor out = steps_.head(own * pooled + (1 - own) * pooled.index_select(0, order.to(pooled.device())));
    return own * steps_.loss(out) + (1 - own) * steps_.loss_of_others(out, order);
  }

  const RegularisationOptions& options_;
  const PackedBatch& batch_;
  const LossSteps& steps_;
};

}  // namespace

torch::Tensor regularised_loss(const RegularisationOptions& options, const PackedBatch& batch, const LossSteps& steps) {
  return Regularised(options, batch, steps).loss();
}

}  // namespace genre::trainer
