#include "genre/neural/quantised_autoencoder.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

constexpr std::int64_t kTexts = 12;

class QuantisedAutoencoderTest : public testing::Test {
 protected:
  QuantisedAutoencoderTest() {
    // Units are on or off, and far from the kink of relu, where differences tell no slope.
    for (int i = 0; i < parameters_.size(); ++i) {
      const std::string& name = parameters_[i].name;
      fill_normal(parameters_.value(i), 0.4, random_);
      const auto values = parameters_.value(i).row(0);
      for (std::size_t unit = 0; name.ends_with("first.bias") && unit < values.size(); ++unit)
        values[unit] = unit % 3 == 0 ? -12.0f : 12.0f;
    }
    autoencoder_.pack(parameters_);
  }
  const Matrix& of(const std::string& name) const {
    for (int i = 0; i < parameters_.size(); ++i)
      if (parameters_[i].name == name) return parameters_.value(i);
    throw std::out_of_range(name);
  }
  std::vector<double> layer(const std::string& name, const std::vector<double>& x, bool relu) const {
    std::vector<double> out;
    const Matrix& weight = of(name + ".weight");
    for (std::int64_t n = 0; n < weight.rows(); ++n) {
      double sum = of(name + ".bias").data()[n];
      for (std::size_t k = 0; k < x.size(); ++k) sum += weight.row(n)[k] * x[k];
      out.push_back(relu ? std::max(sum, 0.0) : sum);
    }
    return out;
  }
  std::vector<double> plain_z(std::int64_t t) const {
    const std::vector<double> x(x_.row(t).begin(), x_.row(t).end());
    return layer("encoder.second", layer("encoder.first", x, true), false);
  }
  RandomStream random_{7, "autoencoder"};
  Parameters parameters_;
  QuantisedAutoencoder autoencoder_{
      {.inputs = 6, .hidden = 5, .quantiser = {.width = 4, .levels = 2, .codes = 3}}, parameters_, random_};
  QuantisedAutoencoder::Pass pass_;
  Matrix x_ = random_matrix(kTexts, 6, random_);
};

TEST_F(QuantisedAutoencoderTest, HasTheLossOfItsFormulaAndItsGradients) {
  Gradients gradients(parameters_);
  const double loss = autoencoder_.loss(parameters_, x_, 1, pass_, gradients);
  const std::vector<std::int32_t> codes = pass_.quantised.codes;
  const std::vector<Matrix> held = {of("codes.0"), of("codes.1")};
  std::vector<std::vector<double>> held_z;
  for (std::int64_t t = 0; t < kTexts; ++t) held_z.push_back(plain_z(t));
  // What is held is as it was; the decoder reads z and what was between it and the quantised one.
  const auto value = [&] {
    double sum = 0;
    for (std::int64_t t = 0; t < kTexts; ++t) {
      const std::vector<double> z = plain_z(t);
      std::vector<double> read = z;
      for (std::size_t d = 0; d < 4; ++d) {
        double left = held_z[t][d], moved = z[d];
        for (int level = 0; level < 2; ++level) {
          const std::int32_t code = codes[t * 2 + level];
          const double entry = of("codes." + std::to_string(level)).row(code)[d], before = held[level].row(code)[d];
          sum += (left - entry) * (left - entry) + 0.25 * (moved - before) * (moved - before);
          left -= before;
          moved -= before;
        }
        read[d] -= left;
      }
      const std::vector<double> y = layer("decoder.second", layer("decoder.first", read, true), false);
      for (std::size_t p = 0; p < 6; ++p) sum += (y[p] - x_.row(t)[p]) * (y[p] - x_.row(t)[p]);
    }
    return sum;
  };
  EXPECT_NEAR(loss, value(), 1e-4 * loss);
  for (int i = 0; i < parameters_.size(); ++i)
    expect_gradient(parameters_.value(i), gradients[i], value, parameters_[i].name, 3e-2);
}

TEST_F(QuantisedAutoencoderTest, QuantisesWhatItsEncoderMakes) {
  autoencoder_.start(x_, parameters_, random_);
  autoencoder_.pack(parameters_);
  const auto& found = autoencoder_.quantise(parameters_, x_, pass_);
  for (std::int64_t t = 0; t < kTexts; ++t) {
    const std::vector<double> z = plain_z(t);
    for (std::size_t d = 0; d < 4; ++d) EXPECT_NEAR(found.quantised.row(t)[d] + found.left[1].row(t)[d], z[d], 1e-4);
  }
}

}  // namespace
}  // namespace genre::neural
