#include "genre/neural/pair_network.h"

#include "genre/neural/gradient_check_test.h"
#include "genre/neural/pair_world_test.h"

namespace genre::neural {
namespace {

class PairNetworkTest : public testing::TestWithParam<PairShape> {
 protected:
  PairWorld world_{GetParam(), /*users=*/3, /*items=*/6};
};

TEST_P(PairNetworkTest, IsItsFormula) {
  const std::vector<float> found = world_.logits(nullptr);
  for (std::int64_t n = 0; n < 6; ++n)
    EXPECT_NEAR(found[n], world_.plain_logit(n / 2, n), 1e-4 * (1 + std::abs(found[n]))) << n;
}

TEST_P(PairNetworkTest, HasTheGradientsOfItsLogits) {
  RandomStream random(9, "probe");
  const Matrix probe = random_matrix(1, 6, random);
  for (const bool noisy : {false, true}) {
    const auto of = [&] {
      RandomStream noise(3, "noise");
      const std::vector<float> found = world_.logits(noisy ? &noise : nullptr);
      return inner({found.data(), 1, 6}, probe);
    };
    of();
    Gradients gradients(world_.parameters);
    Matrix d_users(3, GetParam().user_vector()), d_items(6, GetParam().item_vector());
    world_.network.backward(world_.parameters, world_.users, world_.items, probe.row(0), world_.pass, d_users.view(),
                            d_items.view(), gradients);
    expect_gradient(world_.users, d_users, of, "users", 1e-3, 1e-2);
    expect_gradient(world_.items, d_items, of, "items", 1e-3, 1e-2);
    for (int i = 0; i < world_.parameters.size(); ++i)
      expect_gradient(world_.parameters.value(i), gradients[i], of, world_.parameters[i].name, 1e-3, 1e-2);
  }
}

INSTANTIATE_TEST_SUITE_P(OfParts, PairNetworkTest, testing::ValuesIn(pair_shapes()), name_of_shape);

}  // namespace
}  // namespace genre::neural
