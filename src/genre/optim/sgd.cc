#include "genre/optim/sgd.h"

namespace genre {

void SgdOptions::fields(config::Fields& f) {
  OptimizerOptions::fields(f);
  f.number("momentum", momentum, {.minimum = 0, .maximum = 0.9999}, "share of the last step that goes on");
  f.flag("nesterov", nesterov, "look ahead along the momentum");
}

std::unique_ptr<Optimizer> SgdOptions::build() const { return std::make_unique<Sgd>(*this); }

LearningRates SgdOptions::learning_rates(Training training) const {
  return training == Training::kFromScratch ? LearningRates{1e-1, 1e-4, 10} : LearningRates{1e-2, 1e-4, 1};
}

Sgd::Sgd(const SgdOptions& options)
    : ElementwiseOptimizer({options.momentum > 0 ? "momentum" : "", ""}),
      momentum_(options.momentum),
      nesterov_(options.nesterov) {}

void Sgd::apply(const Elements& e, const UpdateRule& rule) const {
  const auto rate = static_cast<float>(rule.learning_rate), decay = static_cast<float>(rule.weight_decay),
             momentum = static_cast<float>(momentum_);
  for (std::size_t i = 0; i < e.n; ++i) {
    float g = e.gradient[i] + decay * e.values[i];
    if (e.first != nullptr) {
      const float v = e.first[i] = momentum * e.first[i] + g;
      g = nesterov_ ? g + momentum * v : v;
    }
    e.values[i] -= rate * g;
  }
}

}  // namespace genre
