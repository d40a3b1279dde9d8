#include "genre/nn/gated_activation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "genre/base/random.h"

namespace genre::nn {
namespace {

// Values of every size, the far ends among them; a length that no vector divides.
std::vector<float> inputs() {
  RandomStream random(7, "activations");
  std::vector<float> out = {0.0f, -0.0f, 1e-30f, -1e-30f, 50.0f, -50.0f, 200.0f, -200.0f, 1e20f, -1e20f};
  while (out.size() < 1003) out.push_back(static_cast<float>(random.normal() * 4));
  return out;
}

}  // namespace

TEST(GatedActivation, EachAgreesWithDoubles) {
  const std::pair<Activation, double (*)(double)> activations[] = {
      {Activation::kNone, [](double x) { return x; }},
      {Activation::kRelu, [](double x) { return std::max(x, 0.0); }},
      {Activation::kSilu, [](double x) { return x / (1 + std::exp(-x)); }},
      {Activation::kGelu, [](double x) { return x * std::erfc(-x / std::sqrt(2.0)) / 2; }},
      {Activation::kGeluTanh,
       [](double x) { return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }}};
  const auto x = inputs();
  std::vector<float> up(x.rbegin(), x.rend());
  for (auto& v : up) v = std::clamp(v, -3.0f, 3.0f);
  const auto n = static_cast<std::int64_t>(x.size());
  for (const auto& [activation, truth] : activations) {
    std::vector<float> plain = x, gated = x;
    activate(activation, plain.data(), n);
    activate_gate(activation, gated.data(), up.data(), n);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double wanted = truth(x[i]);
      EXPECT_NEAR(plain[i], wanted, 1e-6 * std::max(1.0, std::abs(wanted)))
          << static_cast<int>(activation) << " " << x[i];
      EXPECT_NEAR(gated[i], wanted * up[i], 3e-6 * std::max(1.0, std::abs(wanted))) << x[i];
    }
  }
}

}  // namespace genre::nn
