// Readers of histories and the softmax over the catalogue together, beside torch's own layers.
#include <cmath>
#include <numeric>

#include "genre/linalg/gemm.h"
#include "genre/neural/full_softmax.h"
#include "genre/neural/golden_tensors_test.h"
#include "genre/neural/hstu_reader.h"
#include "genre/neural/lookup.h"
#include "genre/neural/recurrent_reader.h"
#include "genre/neural/transformer_reader.h"

namespace genre::neural {
namespace {

class NextItemGolden : public testing::Test {
 protected:
  // The sequences without their last items foretell all but the first.
  void read_sequences() {
    for (int b = 0; golden_.file().has("sequence." + std::to_string(b)); ++b) {
      const auto sequence = golden_.file().values<std::int32_t>("sequence." + std::to_string(b));
      read_.insert(read_.end(), sequence.begin(), sequence.end() - 1);
      wanted_.insert(wanted_.end(), sequence.begin() + 1, sequence.end());
      offsets_.push_back(std::ssize(read_));
    }
    ASSERT_EQ(std::ssize(offsets_), 4);
    asked_.resize(read_.size());
    std::iota(asked_.begin(), asked_.end(), 0);
  }
  // The whole sequences foretell what is masked.
  void read_masked_sequences() {
    for (int b = 0; golden_.file().has("masked." + std::to_string(b)); ++b) {
      const auto sequence = golden_.file().values<std::int32_t>("masked." + std::to_string(b));
      read_.insert(read_.end(), sequence.begin(), sequence.end());
      for (const std::int32_t place : golden_.file().values<std::int32_t>("masked." + std::to_string(b) + ".places")) {
        asked_.push_back(static_cast<std::int32_t>(offsets_.back()) + place);
        wanted_.push_back(sequence[place]);
        read_[asked_.back()] = kMasked;
      }
      offsets_.push_back(std::ssize(read_));
    }
    ASSERT_EQ(std::ssize(offsets_), 4);
  }
  // Loss and every gradient of the model `name`, whose reader has these parameters.
  void expect_gradients(const std::string& name, HistoryReader& reader, Parameters& parameters) {
    for (int i = 0; i < parameters.size(); ++i) parameters.value(i) = golden_.read(name + "." + parameters[i].name);
    const Matrix items = golden_.read(name + ".items");
    const auto count = std::ssize(asked_);
    Matrix tokens(offsets_.back(), items.cols()), d_tokens = tokens, states(count, items.cols()), d_states = states,
                                                  d_items(items.rows(), items.cols());
    for (std::size_t t = 0; t < read_.size(); ++t)
      std::ranges::copy(
          read_[t] == kMasked ? std::as_const(parameters).value(reader.mask()).row(0) : items.row(read_[t]),
          tokens.row(static_cast<std::int64_t>(t)).data());
    reader.pack(parameters);
    const auto pass = reader.new_pass();
    reader.forward(parameters, tokens.view(), offsets_, /*random=*/nullptr, *pass);
    look_up(tokens, asked_, states.view());
    FullSoftmax softmax;
    softmax.pack(items);
    const double loss = softmax.loss(states, wanted_, 1 / static_cast<float>(count), d_states.view(), d_items.view());
    EXPECT_NEAR(loss / static_cast<double>(count), golden_.number(name + ".loss"), 1e-5);
    for (std::int64_t n = 0; n < count; ++n) std::ranges::copy(d_states.row(n), d_tokens.row(asked_[n]).data());
    Gradients gradients(parameters);
    reader.backward(parameters, d_tokens.view(), *pass, gradients);
    for (std::size_t t = 0; t < read_.size(); ++t)
      add_scaled(1, d_tokens.row(static_cast<std::int64_t>(t)).data(),
                 read_[t] == kMasked ? gradients[reader.mask()].row(0).data() : d_items.row(read_[t]).data(),
                 items.cols());
    golden_.expect_near(name + ".gradient/items", d_items);
    for (int i = 0; i < parameters.size(); ++i)
      golden_.expect_near(name + ".gradient/" + parameters[i].name, gradients[i]);
  }

  static constexpr std::int32_t kMasked = -1;

  const GoldenTensors golden_{"next_item"};
  RandomStream random_{7, "replaced"};
  Parameters parameters_;
  std::vector<std::int32_t> read_, asked_, wanted_;
  std::vector<std::int64_t> offsets_ = {0};
};

TEST_F(NextItemGolden, TheTransformerHasTheGradientsOfTorch) {
  TransformerReader reader({.width = 8, .inner = 12, .layers = 2, .heads = 2, .positions = 6}, parameters_, random_);
  read_sequences();
  expect_gradients("sasrec", reader, parameters_);
}

TEST_F(NextItemGolden, TheTransformerOfBothDirectionsHasTheGradientsOfTorch) {
  TransformerReader reader({.width = 8, .inner = 12, .layers = 2, .heads = 2, .positions = 6, .causal = false},
                           parameters_, random_);
  read_masked_sequences();
  expect_gradients("bert4rec", reader, parameters_);
}

TEST_F(NextItemGolden, RecurrentUnitsHaveTheGradientsOfTorch) {
  RecurrentReader reader({.width = 8, .inner = 12, .layers = 2}, parameters_, random_);
  read_sequences();
  expect_gradients("gru4rec", reader, parameters_);
}

TEST_F(NextItemGolden, TransductionUnitsHaveTheGradientsOfTorch) {
  HstuReader reader({.width = 8, .layers = 2, .heads = 2, .positions = 6}, parameters_, random_);
  read_sequences();
  expect_gradients("hstu", reader, parameters_);
}

}  // namespace
}  // namespace genre::neural
