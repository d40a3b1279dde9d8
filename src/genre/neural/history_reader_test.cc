// What every reader of histories does.
#include "genre/neural/history_reader.h"

#include <functional>

#include "genre/neural/gradient_check_test.h"
#include "genre/neural/hstu_reader.h"
#include "genre/neural/pooled_reader.h"
#include "genre/neural/recurrent_reader.h"
#include "genre/neural/transformer_reader.h"

namespace genre::neural {
namespace {

struct Kind {
  std::string name;
  std::function<std::unique_ptr<HistoryReader>(Parameters&, RandomStream&)> make;
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class EveryHistoryReader : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    for (int i = 0; i < parameters_.size(); ++i) {
      fill_normal(parameters_.value(i), 0.5, random_);
      // Far from the kink of relu, where differences tell no slope.
      const auto values = parameters_.value(i).row(0);
      for (std::size_t unit = 0; parameters_[i].name.ends_with("inner.bias") && unit < values.size(); ++unit)
        values[unit] = unit % 3 == 0 ? -12.0f : 12.0f;
    }
  }
  double value(RandomStream* noise) {
    reader_->pack(parameters_);
    states_ = tokens_;
    reader_->forward(parameters_, states_.view(), offsets_, noise, *pass_);
    return inner(states_, probe_);
  }
  RandomStream random_{7, "reader"};
  const std::vector<std::int64_t> offsets_ = {0, 3, 4, 9};
  Parameters parameters_;
  std::unique_ptr<HistoryReader> reader_ = GetParam().make(parameters_, random_);
  std::unique_ptr<HistoryReader::Pass> pass_ = reader_->new_pass();
  Matrix tokens_ = random_matrix(9, 8, random_), probe_ = random_matrix(9, 8, random_), states_;
};

TEST_P(EveryHistoryReader, HasTheGradientsOfItsStates) {
  for (const bool noisy : {false, true}) {
    const auto of = [&] {
      RandomStream noise(3, "noise");
      return value(noisy ? &noise : nullptr);
    };
    of();
    Gradients gradients(parameters_);
    Matrix gradient = probe_;
    reader_->backward(parameters_, gradient.view(), *pass_, gradients);
    expect_gradient(tokens_, gradient, of, "tokens", 1e-3, 1e-2);
    for (int i = 0; i < parameters_.size(); ++i)
      expect_gradient(parameters_.value(i), gradients[i], of, parameters_[i].name, 1e-3, 1e-2);
  }
}

TEST_P(EveryHistoryReader, AStateDoesNotDependOnWhatComesBesideNorWithoutAMaskOnWhatComesLater) {
  value(nullptr);
  for (std::size_t b = 0; b + 1 < offsets_.size(); ++b) {
    const std::int64_t whole = offsets_[b + 1] - offsets_[b];
    for (std::int64_t length = reader_->mask() < 0 ? 1 : whole; length <= whole; ++length) {
      Matrix alone(length, 8);
      for (std::int64_t t = 0; t < length; ++t) std::ranges::copy(tokens_.row(offsets_[b] + t), alone.row(t).data());
      const std::vector<std::int64_t> one = {0, length};
      reader_->forward(parameters_, alone.view(), one, nullptr, *pass_);
      for (std::int64_t d = 0; d < 8; ++d)
        EXPECT_EQ(alone.row(length - 1)[d], states_.row(offsets_[b] + length - 1)[d]) << b << ", " << length;
    }
  }
}

TEST(TransformerReader, StatesBehindASequenceAreThoseOfBothInOne) {
  RandomStream random(7, "reader");
  Parameters parameters;
  TransformerReader reader({.width = 8, .inner = 12, .layers = 2, .heads = 2, .positions = 6, .dropout = 0.3},
                           parameters, random);
  for (int i = 0; i < parameters.size(); ++i) fill_normal(parameters.value(i), 0.5, random);
  reader.pack(parameters);
  const Matrix first = random_matrix(3, 8, random), behind = random_matrix(5, 8, random);
  const auto before = reader.new_pass(), pass = reader.new_pass();
  Matrix read(9, 8);  // a longer one, whose rows the next pass finds in its memory
  reader.forward(parameters, read.view(), std::vector<std::int64_t>{0, 4, 9}, nullptr, *before);
  read = first;
  reader.forward(parameters, read.view(), std::vector<std::int64_t>{0, 3}, nullptr, *before);
  Matrix states = behind;
  const std::vector<std::int64_t> offsets = {0, 2, 5};
  reader.forward_behind(parameters, *before, states.view(), offsets, *pass);
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    const std::int64_t length = offsets[b + 1] - offsets[b];
    Matrix whole(3 + length, 8);
    std::ranges::copy(first.values(), whole.data());
    std::copy_n(behind.row(offsets[b]).data(), length * 8, whole.row(3).data());
    reader.forward(parameters, whole.view(), std::vector<std::int64_t>{0, 3 + length}, nullptr, *pass);
    for (std::int64_t t = 0; t < length; ++t)
      for (std::int64_t d = 0; d < 8; ++d)
        EXPECT_NEAR(states.row(offsets[b] + t)[d], whole.row(3 + t)[d], 1e-5) << b << ' ' << t;
  }
}

template <class Reader, class Shape>
Kind kind(std::string name, Shape shape) {
  return {std::move(name), [shape](Parameters& parameters, RandomStream& random) -> std::unique_ptr<HistoryReader> {
            return std::make_unique<Reader>(shape, parameters, random);
          }};
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryHistoryReader,
    testing::Values(
        kind<TransformerReader>("transformer",
                                TransformerShape{
                                    .width = 8, .inner = 12, .layers = 2, .heads = 2, .positions = 6, .dropout = 0.3}),
        kind<TransformerReader>(
            "bidirectional_transformer",
            TransformerShape{
                .width = 8, .inner = 12, .layers = 2, .heads = 2, .positions = 6, .dropout = 0.3, .causal = false}),
        kind<HstuReader>("hstu", HstuShape{.width = 8, .layers = 2, .heads = 2, .positions = 6, .dropout = 0.3}),
        kind<RecurrentReader>("recurrent", RecurrentShape{.width = 8, .inner = 6, .layers = 2, .dropout = 0.3}),
        kind<PooledReader>("mean", PooledShape{.width = 8, .inner = 12, .dropout = 0.3}),
        kind<PooledReader>("weighted_mean",
                           PooledShape{
                               .width = 8, .inner = 12, .weights = PooledShape::Weights::kLearnt, .dropout = 0.3})),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace genre::neural
