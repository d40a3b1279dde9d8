#include "genre/neural/gru.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

class GruTest : public testing::Test {
 protected:
  double value() {
    gru_.pack(parameters_);
    gru_.forward(parameters_, x_, offsets_, saved_, states_.view());
    return inner(states_, probe_);
  }
  RandomStream random_{7, "gru"};
  const std::vector<std::int64_t> offsets_ = {0, 3, 4, 9};
  Parameters parameters_;
  Gru gru_{parameters_, "units", 4, 5, 0.8, random_};
  Gru::Saved saved_;
  Matrix x_ = random_matrix(9, 4, random_), probe_ = random_matrix(9, 5, random_), states_{9, 5};
};

TEST_F(GruTest, HasTheGradientsOfItsStates) {
  for (int i = 0; i < parameters_.size(); ++i) fill_normal(parameters_.value(i), 0.8, random_);
  value();
  Gradients gradients(parameters_);
  Matrix dx(9, 4);
  gru_.backward(offsets_, saved_, probe_, dx.view(), gradients);
  const auto of = [&] { return value(); };
  expect_gradient(x_, dx, of, "input");
  for (int i = 0; i < parameters_.size(); ++i)
    expect_gradient(parameters_.value(i), gradients[i], of, parameters_[i].name);
}

TEST_F(GruTest, BeginsEachSequenceAnew) {
  value();
  for (std::size_t b = 0; b + 1 < offsets_.size(); ++b) {
    const std::int64_t length = offsets_[b + 1] - offsets_[b];
    const std::vector<std::int64_t> alone = {0, length};
    Matrix states(length, 5);
    Gru::Saved saved;
    gru_.forward(parameters_, {x_.row(offsets_[b]).data(), length, 4}, alone, saved, states.view());
    for (std::int64_t t = 0; t < length; ++t)
      for (int d = 0; d < 5; ++d) EXPECT_EQ(states.row(t)[d], states_.row(offsets_[b] + t)[d]);
  }
}

}  // namespace
}  // namespace genre::neural
