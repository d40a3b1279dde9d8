#include "genre/neural/full_softmax.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

double plain_loss(ConstMatrixView states, ConstMatrixView items, std::span<const std::int32_t> targets,
                  std::span<const float> shift = {}) {
  double sum = 0;
  for (std::int64_t t = 0; t < states.rows(); ++t) {
    double total = 0, wanted = 0;
    for (std::int64_t i = 0; i < items.rows(); ++i) {
      double logit = shift.empty() ? 0 : shift[i];
      for (std::int64_t d = 0; d < items.cols(); ++d) logit += double{states.row(t)[d]} * items.row(i)[d];
      total += std::exp(logit);
      if (i == targets[t]) wanted = logit;
    }
    sum += std::log(total) - wanted;
  }
  return sum;
}

TEST(FullSoftmax, IsThePlainLossWithItsGradients) {
  RandomStream random(7, "softmax");
  for (const auto& [states_count, items_count] : {std::pair{1, 1}, {5, 7}, {30, 100}}) {
    Matrix states = random_matrix(states_count, 6, random), items = random_matrix(items_count, 6, random);
    std::vector<std::int32_t> targets;
    for (int t = 0; t < states_count; ++t) targets.push_back(static_cast<std::int32_t>(random.below(items_count)));
    std::vector<float> shifts;
    for (int i = 0; i < items_count; ++i) shifts.push_back(static_cast<float>(random.normal()));
    for (const std::span<const float> shift : {std::span<const float>(), std::span<const float>(shifts)}) {
      FullSoftmax softmax;
      softmax.pack(items, shift);
      Matrix d_states(states_count, 6), d_items(items_count, 6);
      EXPECT_NEAR(softmax.loss(states, targets, 0.5f, d_states.view(), d_items.view()),
                  plain_loss(states, items, targets, shift), 1e-4 * states_count);
      const auto half = [&] { return plain_loss(states, items, targets, shift) / 2; };
      expect_gradient(states, d_states, half, "states", 1e-3);
      expect_gradient(items, d_items, half, "items", 1e-3);
    }
  }
}

// An item that takes no part is as one that is not there, here the last of the catalogue.
TEST(FullSoftmax, WhatIsLeftOutTakesNoPart) {
  RandomStream random(7, "left out");
  const Matrix states = random_matrix(5, 6, random), items = random_matrix(20, 6, random);
  const std::vector<std::int32_t> targets = {3, 0, 18, 7, 7}, last(5, 19);
  const auto loss = [&](std::int64_t count, std::span<const std::int32_t> left_out, Matrix& d_states, Matrix& d_items) {
    FullSoftmax softmax;
    softmax.pack({items.data(), count, 6});
    return softmax.loss(states, targets, 1, d_states.view(), {d_items.data(), count, 6}, left_out);
  };
  Matrix d_states(5, 6), d_items(20, 6), wanted_states(5, 6), wanted_items(20, 6);
  EXPECT_NEAR(loss(20, last, d_states, d_items), loss(19, {}, wanted_states, wanted_items), 1e-5);
  for (std::int64_t n = 0; n < 5 * 6; ++n) EXPECT_NEAR(d_states.data()[n], wanted_states.data()[n], 1e-6);
  for (std::int64_t n = 0; n < 20 * 6; ++n) EXPECT_NEAR(d_items.data()[n], wanted_items.data()[n], 1e-6);
}

TEST(FullSoftmax, BlocksOfStatesGiveTheSame) {
  RandomStream random(7, "blocks");
  const std::int64_t items_count = FullSoftmax::kLogitBytes / 4 / FullSoftmax::kFewestRows;  // the fewest rows a block
  const Matrix states = random_matrix(30, 2, random), items = random_matrix(items_count, 2, random);
  std::vector<std::int32_t> targets;
  for (int t = 0; t < 30; ++t) targets.push_back(static_cast<std::int32_t>(random.below(items_count)));
  FullSoftmax softmax;
  softmax.pack(items);
  Matrix d_states(30, 2), d_items(items_count, 2), alone(1, 2), sum(items_count, 2);
  const double together = softmax.loss(states, targets, 1, d_states.view(), d_items.view());
  double apart = 0;
  for (int t = 0; t < 30; ++t) {
    apart += softmax.loss({states.row(t).data(), 1, 2}, std::span(targets).subspan(t, 1), 1, alone.view(), sum.view());
    for (int d = 0; d < 2; ++d) EXPECT_NEAR(alone.row(0)[d], d_states.row(t)[d], 1e-5);
  }
  EXPECT_NEAR(apart, together, 1e-3);
  for (std::int64_t i = 0; i < items_count; i += 997) EXPECT_NEAR(sum.row(i)[1], d_items.row(i)[1], 1e-5);
}

}  // namespace
}  // namespace genre::neural
