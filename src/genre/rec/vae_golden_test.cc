// The network of Mult-VAE and RecVAE, their likelihood and their divergences together, beside torch.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "genre/neural/composite_prior.h"
#include "genre/neural/golden_tensors_test.h"
#include "genre/rec/vae_network.h"

namespace genre {
namespace {

constexpr float kDivergence = 0.2f;  // weight

struct VaeCase {
  std::string name;
  VaeShape shape;
};

class VaeGolden : public testing::TestWithParam<VaeCase> {};

TEST_P(VaeGolden, LossAndGradientsAreThoseOfTorch) {
  const auto& [name, shape] = GetParam();
  const neural::GoldenTensors golden("collaborative");
  VaeNetwork network(shape, /*random=*/nullptr);
  for (neural::Parameters* const some : network.parameters())
    for (int i = 0; i < some->size(); ++i) some->value(i) = golden.read(name + "/" + (*some)[i].name);
  network.pack_encoder();
  network.pack_decoder();
  const Matrix noise = golden.read("noise");
  const std::int64_t users = noise.rows(), factors = noise.cols();
  std::vector<neural::Bag> bags;
  std::vector<std::span<const std::int32_t>> histories;
  for (std::int64_t b = 0; b < users; ++b) {
    const std::string at = "history." + std::to_string(b);
    histories.push_back(golden.file().has(at) ? golden.file().values<std::int32_t>(at)
                                              : std::span<const std::int32_t>());
    bags.push_back(VaeNetwork::bag_of(histories.back()));
  }

  VaeNetwork::Pass pass;
  Matrix mean(users, factors), log_variance(users, factors), codes(users, factors), d_codes(users, factors),
      d_mean(users, factors), d_log_variance(users, factors), states(users, network.state_width()),
      d_states(users, network.state_width()), d_sums(users, shape.encoder.width);
  network.encode(bags, pass, mean.view(), log_variance.view());
  for (std::int64_t i = 0; i < users * factors; ++i)
    codes.data()[i] = mean.data()[i] + std::exp(log_variance.data()[i] / 2) * noise.data()[i];
  network.decode(codes, pass, states.view());
  neural::Gradients encoder_items(network.encoder.items), encoder_layers(network.encoder.layers),
      decoder_layers(network.decoder.layers), decoder_items(network.decoder.items);
  double loss = network.likelihood().loss(network.decoder.items, states, histories, 1, d_states.view(), &decoder_items);
  network.decode_backward(codes, pass, d_states.view(), d_codes.view(), decoder_layers);
  const neural::Gaussians from{mean, log_variance};
  const neural::GaussianGradients to{d_mean.view(), d_log_variance.view()};
  neural::code_backward(from, codes, d_codes, to);
  if (golden.file().has(name + "/earlier/mean")) {
    const Matrix earlier_mean = golden.read(name + "/earlier/mean"),
                 earlier_variance = golden.read(name + "/earlier/log_variance");
    loss +=
        kDivergence * neural::composite_divergence({}, from, {earlier_mean, earlier_variance}, codes, kDivergence, to);
  } else {
    loss += kDivergence * neural::standard_divergence(from, kDivergence, to);
  }
  network.encode_backward({d_mean, d_log_variance}, pass, d_sums.view(), encoder_layers);
  network.bag().backward(bags, d_sums.view(), encoder_items);

  EXPECT_NEAR(loss, golden.number(name + "/loss"), 1e-5 * loss);
  const auto check = [&](const neural::Parameters& parameters, const neural::Gradients& gradients) {
    for (int i = 0; i < parameters.size(); ++i)
      golden.expect_near(name + "/gradient/" + parameters[i].name, gradients[i], 2e-5);
  };
  check(network.encoder.items, encoder_items);
  check(network.encoder.layers, encoder_layers);
  check(network.decoder.layers, decoder_layers);
  check(network.decoder.items, decoder_items);
}

INSTANTIATE_TEST_SUITE_P(
    Networks, VaeGolden,
    testing::Values(VaeCase{"multi_vae", {.items = 13, .factors = 5, .encoder = {.width = 20}, .decoder_layer = true}},
                    VaeCase{"rec_vae",
                            {.items = 13,
                             .factors = 5,
                             .encoder = {.width = 20, .layers = 3, .activation = Activation::kSilu, .normalised = true},
                             .decoder_layer = false}}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace genre
