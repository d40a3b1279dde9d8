#include "genre/neural/lookup.h"

#include <gmock/gmock.h>

#include "genre/neural/gradient_check_test.h"
#include "genre/optim/adam.h"

namespace genre::neural {
namespace {

using testing::ElementsAre;

const std::vector<std::int32_t> kNumbers = {4, 1, 4, 0, 4, 1};

TEST(Lookup, BringsTheRowsOfItsNumbers) {
  RandomStream random(7, "look up");
  const Matrix table = random_matrix(6, 3, random);
  Matrix out(6, 3);
  look_up(table, kNumbers, out.view());
  for (int t = 0; t < 6; ++t) EXPECT_TRUE(std::ranges::equal(out.row(t), table.row(kNumbers[t]))) << t;
}

TEST(Mentions, SumTheGradientsOfEachRow) {
  RandomStream random(7, "mentions");
  Mentions mentions(6);
  const std::vector<std::int32_t> before = {5, 5, 3};
  mentions.assign(before);
  mentions.assign(kNumbers);  // what was mentioned before is forgotten
  ASSERT_THAT(mentions.rows(), ElementsAre(4, 1, 0));
  const Matrix gradients = random_matrix(6, 3, random);
  Matrix sums(3, 3);
  mentions.sum(gradients, sums.view());
  for (int r = 0; r < 3; ++r)
    for (int d = 0; d < 3; ++d) {
      float plain = 0;
      for (int t = 0; t < 6; ++t) plain += kNumbers[t] == mentions.rows()[r] ? gradients.row(t)[d] : 0;
      EXPECT_NEAR(sums.row(r)[d], plain, 1e-6);
    }
}

TEST(Mentions, MoveTheirRowsAsAdamDoesAndNoOthers) {
  RandomStream random(7, "lazy");
  const Matrix start = random_matrix(6, 3, random), gradients = random_matrix(6, 3, random);
  const UpdateRule rule{.learning_rate = 0.1, .weight_decay = 0.5};
  Matrix table = start, whole = start, dense(6, 3);
  Mentions mentions(6);
  mentions.assign(kNumbers);
  const auto lazy = AdamWOptions().build(), plain = AdamWOptions().build();
  lazy->add(6, 3);
  plain->add(6, 3);
  for (int t = 0; t < 6; ++t)
    for (int d = 0; d < 3; ++d) dense.row(kNumbers[t])[d] += gradients.row(t)[d];
  for (int step = 0; step < 2; ++step) {
    lazy->begin_step();
    plain->begin_step();
    mentions.update(table, gradients, *lazy, 0, rule);
    plain->update(0, {whole.data(), 18}, dense.values(), rule);
  }
  for (const int row : {0, 1, 4})
    for (int d = 0; d < 3; ++d) EXPECT_NEAR(table.row(row)[d], whole.row(row)[d], 1e-6);
  for (const int row : {2, 3, 5}) EXPECT_TRUE(std::ranges::equal(table.row(row), start.row(row))) << row;
}

}  // namespace
}  // namespace genre::neural
