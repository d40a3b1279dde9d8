// Readers of histories and the softmax over the catalogue together, beside torch's own layers.
#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/safetensors.h"
#include "genre/neural/causal_transformer.h"
#include "genre/neural/full_softmax.h"
#include "genre/neural/recurrent_reader.h"

namespace genre::neural {
namespace {

class NextItemGolden : public testing::Test {
 protected:
  void SetUp() override {
    for (int b = 0; golden_.has("sequence." + std::to_string(b)); ++b) {
      const auto sequence = golden_.values<std::int32_t>("sequence." + std::to_string(b));
      read_.insert(read_.end(), sequence.begin(), sequence.end() - 1);
      wanted_.insert(wanted_.end(), sequence.begin() + 1, sequence.end());
      offsets_.push_back(std::ssize(read_));
    }
    ASSERT_EQ(std::ssize(offsets_), 4);
  }
  void expect_near(const std::string& name, const Matrix& found) {
    const auto wanted = golden_.values<float>(name, {found.rows(), found.cols()});
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(found.data()[i], wanted[i], 1e-5) << name << ", " << i;
  }
  Matrix read(const std::string& name) {
    const auto& shape = golden_.at(name).shape;
    Matrix out(shape[0], shape[1]);
    std::ranges::copy(golden_.values<float>(name), out.data());
    return out;
  }
  // Loss and every gradient of the model `name`, whose reader has these parameters.
  void expect_gradients(const std::string& name, HistoryReader& reader, Parameters& parameters) {
    for (int i = 0; i < parameters.size(); ++i) parameters.value(i) = read(name + "." + parameters[i].name);
    const Matrix items = read(name + ".items");
    Matrix tokens(offsets_.back(), items.cols()), d_states = tokens, d_items(items.rows(), items.cols());
    for (std::size_t t = 0; t < read_.size(); ++t)
      std::ranges::copy(items.row(read_[t]), tokens.row(static_cast<std::int64_t>(t)).data());
    reader.pack(parameters);
    const auto pass = reader.new_pass();
    reader.forward(parameters, tokens.view(), offsets_, /*random=*/nullptr, *pass);
    FullSoftmax softmax;
    softmax.pack(items);
    const auto count = static_cast<float>(read_.size());
    const double loss = softmax.loss(tokens, wanted_, 1 / count, d_states.view(), d_items.view());
    EXPECT_NEAR(loss / count, golden_.values<float>(name + ".loss")[0], 1e-5);
    Gradients gradients(parameters);
    reader.backward(parameters, d_states.view(), *pass, gradients);
    for (std::size_t t = 0; t < read_.size(); ++t)
      for (std::int64_t d = 0; d < items.cols(); ++d)
        d_items.row(read_[t])[d] += d_states.row(static_cast<std::int64_t>(t))[d];
    expect_near(name + ".gradient/items", d_items);
    for (int i = 0; i < parameters.size(); ++i) expect_near(name + ".gradient/" + parameters[i].name, gradients[i]);
  }

  const SafetensorsFile golden_{std::string(GENRE_SOURCE_DIR) + "/tests/golden/next_item.safetensors"};
  RandomStream random_{7, "replaced"};
  Parameters parameters_;
  std::vector<std::int32_t> read_, wanted_;
  std::vector<std::int64_t> offsets_ = {0};
};

TEST_F(NextItemGolden, TheTransformerHasTheGradientsOfTorch) {
  CausalTransformer reader({.width = 8, .inner = 12, .layers = 2, .heads = 2, .positions = 6}, parameters_, random_);
  expect_gradients("sasrec", reader, parameters_);
}

TEST_F(NextItemGolden, RecurrentUnitsHaveTheGradientsOfTorch) {
  RecurrentReader reader({.width = 8, .inner = 12, .layers = 2}, parameters_, random_);
  expect_gradients("gru4rec", reader, parameters_);
}

}  // namespace
}  // namespace genre::neural
