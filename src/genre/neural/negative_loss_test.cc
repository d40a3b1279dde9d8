#include "genre/neural/negative_loss.h"

#include "genre/neural/golden_tensors_test.h"
#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

using Kind = NegativeLoss::Kind;

double plain_negative_loss(const NegativeLoss& how, ConstMatrixView states, ConstMatrixView items,
                           std::span<const std::int32_t> choices) {
  const auto each = std::ssize(choices) / states.rows();
  double sum = 0;
  for (std::int64_t t = 0; t < states.rows(); ++t) {
    std::vector<double> logits(each);
    for (std::int64_t n = 0; n < each; ++n)
      for (std::int64_t d = 0; d < states.cols(); ++d)
        logits[n] += double{states.row(t)[d]} * items.row(choices[t * each + n])[d];
    double loss = how.kind == Kind::kBinary ? how.power * std::log(1 + std::exp(-logits[0])) : 0;
    for (std::int64_t n = 1; n < each; ++n)
      loss += std::log(1 + std::exp(how.kind == Kind::kBinary ? logits[n] : logits[n] - logits[0]));
    sum += loss / static_cast<double>(how.kind == Kind::kBinary ? each : each - 1);
  }
  return sum;
}

TEST(NegativeLoss, IsThePlainLossWithItsGradients) {
  RandomStream random(7, "negative loss");
  for (const NegativeLoss how :
       {NegativeLoss{Kind::kBinary, 1}, NegativeLoss{Kind::kBinary, 0.3}, NegativeLoss{Kind::kPairwise}})
    for (const int drawn : {1, 4}) {
      Matrix states = random_matrix(5, 6, random, 0.7), items = random_matrix(8, 6, random, 0.7);
      std::vector<std::int32_t> choices(5 * (1 + drawn));
      for (std::int32_t& item : choices) item = static_cast<std::int32_t>(random.below(8));
      Matrix d_states(5, 6), d_items(8, 6);
      const auto half = [&] { return plain_negative_loss(how, states, items, choices) / 2; };
      EXPECT_NEAR(how(states, items, choices, 0.5f, d_states.view(), d_items.view()), 2 * half(), 1e-5);
      expect_gradient(states, d_states, half, "states");
      expect_gradient(items, d_items, half, "items");
    }
}

TEST(NegativeLoss, OfNothingDrawnIsThatOfWhatWasChosen) {
  RandomStream random(7, "nothing drawn");
  const Matrix state = random_matrix(1, 4, random), items = random_matrix(2, 4, random);
  const std::vector<std::int32_t> chosen = {1};
  Matrix d_state = random_matrix(1, 4, random), d_items(2, 4);
  EXPECT_EQ(NegativeLoss{Kind::kPairwise}(state, items, chosen, 1, d_state.view(), d_items.view()), 0);
  EXPECT_EQ(inner(d_state, d_state) + inner(d_items, d_items), 0);
  const NegativeLoss binary;
  EXPECT_NEAR(binary(state, items, chosen, 1, d_state.view(), d_items.view()),
              plain_negative_loss(binary, state, items, chosen), 1e-6);
  EXPECT_GT(inner(d_state, d_state), 0);
}

TEST(NegativeLoss, HasTheNumbersOfTorch) {
  const GoldenTensors golden("negative_loss");
  const Matrix states = golden.read("states"), items = golden.read("items");
  for (const int drawn : {1, 5}) {
    const std::string count = std::to_string(drawn) + "/";
    const std::vector<std::pair<std::string, NegativeLoss>> losses = {
        {"bce", {Kind::kBinary}},
        {"gbce", {Kind::kBinary, calibrated_power(drawn, items.rows(), 0.75)}},
        {"bpr", {Kind::kPairwise}}};
    for (const auto& [name, loss] : losses) {
      Matrix d_states(states.rows(), states.cols()), d_items(items.rows(), items.cols());
      EXPECT_NEAR(loss(states, items, golden.file().values<std::int32_t>(count + "choices"), 1, d_states.view(),
                       d_items.view()),
                  golden.number(count + name + "/loss"), 1e-5);
      golden.expect_near(count + name + "/d_states", d_states);
      golden.expect_near(count + name + "/d_items", d_items);
    }
  }
}

TEST(NegativeLoss, ThePowerFallsFromOneToTheShareThatIsDrawn) {
  EXPECT_EQ(calibrated_power(10, 101, 0), 1);
  EXPECT_NEAR(calibrated_power(10, 101, 1), 0.1, 1e-12);
  EXPECT_NEAR(calibrated_power(10, 101, 0.75), 0.325, 1e-12);
  EXPECT_EQ(calibrated_power(500, 101, 0.75), 1);  // more are drawn than there are
  EXPECT_EQ(calibrated_power(3, 1, 0.75), 1);
}

}  // namespace
}  // namespace genre::neural
