#include "genre/neural/bpr_loss.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

double plain_loss(std::span<const Preference> preferences, ConstMatrixView users, ConstMatrixView items) {
  double sum = 0;
  for (const auto& [user, item, other] : preferences) {
    double x = 0;
    for (std::int64_t d = 0; d < users.cols(); ++d)
      x += users.row(user)[d] * (double{items.row(item)[d]} - items.row(other)[d]);
    sum += std::log(1 + std::exp(-x));
  }
  return sum;
}

std::vector<Preference> random_preferences(int count, int users, int items, RandomStream& random) {
  std::vector<Preference> out;
  for (int n = 0; n < count; ++n)
    out.push_back({static_cast<std::int32_t>(random.below(users)), static_cast<std::int32_t>(random.below(items)),
                   static_cast<std::int32_t>(random.below(items))});
  return out;
}

TEST(BprLoss, IsThePlainLossWithItsGradients) {
  RandomStream random(7, "bpr loss");
  for (const int count : {1, 40}) {
    Matrix users = random_matrix(6, 9, random, 0.7), items = random_matrix(8, 9, random, 0.7);
    const auto preferences = random_preferences(count, 6, 8, random);
    Matrix d_users(6, 9), d_items(8, 9);
    BprLoss loss;
    EXPECT_NEAR(loss(preferences, users, items, 0.5f, d_users.view(), d_items.view()),
                plain_loss(preferences, users, items), 1e-5 * count);
    const auto half = [&] { return plain_loss(preferences, users, items) / 2; };
    expect_gradient(users, d_users, half, "users");
    expect_gradient(items, d_items, half, "items");
  }
}

TEST(BprLoss, GradientsAddUp) {
  RandomStream random(7, "bpr twice");
  const Matrix users = random_matrix(3, 4, random), items = random_matrix(5, 4, random);
  const auto preferences = random_preferences(10, 3, 5, random);
  Matrix once_users(3, 4), once_items(5, 4), users_twice(3, 4), items_twice(5, 4);
  BprLoss loss;
  loss(preferences, users, items, 1, once_users.view(), once_items.view());
  for (int time = 0; time < 2; ++time) loss(preferences, users, items, 1, users_twice.view(), items_twice.view());
  for (std::int64_t i = 0; i < 12; ++i) EXPECT_NEAR(users_twice.data()[i], 2 * once_users.data()[i], 1e-5);
  for (std::int64_t i = 0; i < 20; ++i) EXPECT_NEAR(items_twice.data()[i], 2 * once_items.data()[i], 1e-5);
}

TEST(BprLoss, OfAMarginThatIsNotFiniteIsNaN) {
  Matrix users(1, 1), items(2, 1), d_users(1, 1), d_items(2, 1);
  users.row(0)[0] = 1e30f;
  items.row(0)[0] = 1e30f;
  const Preference won{0, 0, 1};
  BprLoss loss;
  EXPECT_TRUE(std::isnan(loss({&won, 1}, users, items, 1, d_users.view(), d_items.view())));
}

}  // namespace
}  // namespace genre::neural
