#include "genre/rec/vae_network.h"

#include "genre/neural/gradient_check_test.h"

namespace genre {
namespace {

using neural::Gradients;

class VaeNetworkTest : public testing::TestWithParam<VaeShape> {
 protected:
  static constexpr std::int64_t kUsers = 4;

  VaeNetworkTest() {
    for (neural::Parameters* const some : network_.parameters())
      for (int i = 0; i < some->size(); ++i) neural::fill_normal(some->value(i), 0.5, random_);
    for (const auto& history : histories_) {
      bags_.push_back(VaeNetwork::bag_of(history));
      targets_.emplace_back(history);
    }
  }
  // The loss of codes drawn with the same noise each time, and what its gradients need.
  double loss(Gradients* decoder_items = nullptr) {
    network_.pack_encoder();
    network_.pack_decoder();
    network_.encode(bags_, pass_, mean_.view(), log_variance_.view());
    RandomStream noise(3, "noise");
    neural::draw_code({mean_, log_variance_}, noise, codes_.view());
    network_.decode(codes_, pass_, states_.view());
    return network_.likelihood().loss(network_.decoder.items, states_, targets_, 1, d_states_.view(), decoder_items);
  }
  const VaeShape shape_ = GetParam();
  RandomStream random_{7, "network"};
  VaeNetwork network_{shape_, &random_};
  VaeNetwork::Pass pass_;
  const std::vector<std::vector<std::int32_t>> histories_ = {{0, 2, 6}, {2}, {}, {1, 2, 3, 6}};
  std::vector<neural::Bag> bags_;
  std::vector<std::span<const std::int32_t>> targets_;
  Matrix mean_{kUsers, shape_.factors}, log_variance_{kUsers, shape_.factors}, codes_{kUsers, shape_.factors};
  Matrix states_{kUsers, network_.state_width()}, d_states_{kUsers, network_.state_width()};
};

TEST_P(VaeNetworkTest, HasTheGradientsOfTheLoss) {
  Gradients encoder_items(network_.encoder.items), encoder_layers(network_.encoder.layers),
      decoder_layers(network_.decoder.layers), decoder_items(network_.decoder.items);
  loss(&decoder_items);
  Matrix d_codes(kUsers, shape_.factors), d_mean(kUsers, shape_.factors), d_log_variance(kUsers, shape_.factors),
      d_sums(kUsers, shape_.encoder.width);
  network_.decode_backward(codes_, pass_, d_states_.view(), d_codes.view(), decoder_layers);
  neural::code_backward({mean_, log_variance_}, codes_, d_codes, {d_mean.view(), d_log_variance.view()});
  network_.encode_backward({d_mean, d_log_variance}, pass_, d_sums.view(), encoder_layers);
  network_.bag().backward(bags_, d_sums.view(), encoder_items);
  const auto check = [&](neural::Parameters& parameters, const Gradients& gradients) {
    for (int i = 0; i < parameters.size(); ++i)
      neural::expect_gradient(
          parameters.value(i), gradients[i], [&] { return loss(); }, parameters[i].name, 1e-3, 1e-2);
  };
  check(network_.encoder.items, encoder_items);
  check(network_.encoder.layers, encoder_layers);
  check(network_.decoder.layers, decoder_layers);
  check(network_.decoder.items, decoder_items);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, VaeNetworkTest,
    testing::Values(VaeShape{.items = 7, .factors = 3, .encoder = {.width = 5}, .decoder_layer = true},
                    VaeShape{.items = 7,
                             .factors = 3,
                             .encoder = {.width = 5, .layers = 3, .activation = Activation::kSilu, .normalised = true},
                             .decoder_layer = false}),
    [](const auto& shape) { return shape.param.decoder_layer ? "DecoderLayer" : "LinearDecoder"; });

TEST(VaeNetwork, AHistoryHasLengthOne) {
  const std::vector<std::int32_t> history = {3, 5, 8, 9};
  EXPECT_FLOAT_EQ(VaeNetwork::bag_of(history).scale, 0.5f);
  EXPECT_EQ(VaeNetwork::bag_of({}).items.size(), 0u);
}

}  // namespace
}  // namespace genre
