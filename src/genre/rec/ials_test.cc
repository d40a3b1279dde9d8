#include "genre/rec/ials.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// The objective of ials.h, written out over every user and item.
double loss(const CsrMatrix& x, ConstMatrixView users, ConstMatrixView items, const ImplicitStepOptions& o) {
  double sum = 0;
  std::vector<double> item_total(x.cols, static_cast<double>(x.rows));
  const auto squares = [](std::span<const float> v) {
    double out = 0;
    for (const float value : v) out += static_cast<double>(value) * value;
    return out;
  };
  for (std::int64_t u = 0; u < x.rows; ++u) {
    std::vector<double> weight(x.cols, 0.0), target(x.cols, 0.0);
    double total = static_cast<double>(x.cols);
    for (std::size_t n = 0; n < x.row_indices(u).size(); ++n) {
      const std::int32_t item = x.row_indices(u)[n];
      weight[item] = o.alpha * x.row_values(u)[n];
      target[item] = 1;
      total += weight[item];
      item_total[item] += weight[item];
    }
    for (std::int64_t i = 0; i < x.cols; ++i) {
      double product = 0;
      for (std::int64_t d = 0; d < users.cols(); ++d) product += static_cast<double>(users.row(u)[d]) * items.row(i)[d];
      sum += (1 + weight[i]) * (target[i] - product) * (target[i] - product);
    }
    sum += o.l2 * std::pow(total, o.l2_exponent) * squares(users.row(u));
  }
  for (std::int64_t i = 0; i < x.cols; ++i)
    sum += o.l2 * std::pow(item_total[i], o.l2_exponent) * squares(items.row(i));
  return sum;
}

// The row's system by elimination in double.
std::vector<double> textbook_row(const CsrMatrix& x, std::int64_t row, ConstMatrixView y,
                                 const ImplicitStepOptions& o) {
  const std::int64_t d = y.cols();
  std::vector<double> confidence(x.cols, 1.0), target(x.cols, 0.0);
  double total = static_cast<double>(x.cols);
  for (std::size_t n = 0; n < x.row_indices(row).size(); ++n) {
    confidence[x.row_indices(row)[n]] += o.alpha * x.row_values(row)[n];
    target[x.row_indices(row)[n]] = 1;
    total += o.alpha * x.row_values(row)[n];
  }
  std::vector<std::vector<double>> a(d, std::vector<double>(d + 1, 0.0));
  for (std::int64_t i = 0; i < d; ++i) {
    a[i][i] = o.l2 * std::pow(total, o.l2_exponent) + o.prior_weight;
    if (!o.prior.empty()) a[i][d] = o.prior_weight * o.prior.row(row)[i];
    for (std::int64_t j = 0; j < x.cols; ++j) {
      a[i][d] += confidence[j] * target[j] * y.row(j)[i];
      for (std::int64_t k = 0; k < d; ++k) a[i][k] += confidence[j] * y.row(j)[i] * y.row(j)[k];
    }
  }
  for (std::int64_t p = 0; p < d; ++p) {
    for (std::int64_t r = 0; r < d; ++r) {
      if (r == p) continue;
      const double factor = a[r][p] / a[p][p];
      for (std::int64_t c = p; c <= d; ++c) a[r][c] -= factor * a[p][c];
    }
  }
  std::vector<double> out(d);
  for (std::int64_t i = 0; i < d; ++i) out[i] = a[i][d] / a[i][i];
  return out;
}

TEST(ImplicitStep, EveryVariantEqualsTheTextbookSystemOfEachRow) {
  const SmallWorld world = weighted(small_world(60, 40, 3), 4);
  Matrix fixed(40, 9), prior(60, 9);
  fill_normal(fixed, 0.5, 1, "fixed");
  fill_normal(prior, 0.5, 2, "prior");
  for (const bool exact : {true, false}) {
    for (const double exponent : {0.0, 0.7}) {
      for (const double prior_weight : {0.0, 3.0}) {
        ImplicitStepOptions options{.alpha = 4, .l2 = 0.3, .l2_exponent = exponent, .exact = exact};
        options.conjugate_steps = 40;
        if (prior_weight > 0) options.prior = prior;
        options.prior_weight = prior_weight;
        Matrix solved(60, 9);
        implicit_step(world.interactions, fixed, solved.view(), options);
        for (std::int64_t u = 0; u < 60; ++u) {
          const auto wanted = textbook_row(world.interactions, u, fixed, options);
          for (std::int64_t d = 0; d < 9; ++d) EXPECT_NEAR(solved.row(u)[d], wanted[d], 2e-4) << exact << exponent;
        }
      }
    }
  }
}

TEST(ImplicitStep, RowsWithoutInteractionsAreZeroWhenTheyCountAsUnknown) {
  const CsrMatrix x = csr_from_triplets(3, 4, {{0, 1, 1}});
  Matrix fixed(4, 2), prior(3, 2), solved(3, 2);
  fill_normal(fixed, 1, 1, "fixed");
  fill_normal(prior, 1, 2, "prior");
  ImplicitStepOptions options{.prior = prior, .prior_weight = 2, .skip_empty = true};
  implicit_step(x, fixed, solved.view(), options);
  for (int d = 0; d < 2; ++d) {
    EXPECT_EQ(solved.row(2)[d], 0);
    EXPECT_NE(solved.row(0)[d], 0);
  }
}

TEST(ImplicitStep, FactorsThatDependOnEachOtherAreRefused) {
  const CsrMatrix x = csr_from_triplets(2, 2, {{0, 1, 1}});
  Matrix fixed(2, 3), solved(2, 3);
  fill_normal(fixed, 1, 1, "fixed");  // rank 2 at most
  EXPECT_THROW(implicit_step(x, fixed, solved.view(), {.l2 = 0}), Error);
}

TEST(Ials, EveryHalfStepLowersTheLoss) {
  const SmallWorld world = weighted(small_world(60, 40, 3), 4);
  const CsrMatrix by_item = transpose(world.interactions);
  for (const bool exact : {true, false}) {
    for (const double exponent : {0.0, 0.5}) {
      const ImplicitStepOptions options{
          .alpha = 5, .l2 = 2, .l2_exponent = exponent, .exact = exact, .conjugate_steps = 2};
      Matrix users(60, 8), items(40, 8);
      fill_normal(users, 0.3, 1, "users");
      double before = loss(world.interactions, users, items, options);
      for (int half = 0; half < 12; ++half) {
        if (half % 2 == 0)
          implicit_step(by_item, users, items.view(), options);
        else
          implicit_step(world.interactions, items, users.view(), options);
        const double now = loss(world.interactions, users, items, options);
        EXPECT_LE(now, before * (1 + 1e-6)) << half;
        before = now;
      }
    }
  }
}

TEST(Ials, ConjugateGradientsComeToTheLossOfTheExactSolution) {
  const SmallWorld world = weighted(small_world(60, 40, 3), 4);
  IalsOptions options;
  options.factors = 8;
  options.iterations = 20;
  options.alpha = 10;
  options.l2 = 50;
  options.l2_exponent = 0;
  const auto loss_of = [&](const IalsOptions& o) {
    Ials model(o);
    model.fit(world.data());
    return loss(world.interactions, model.factors().users, model.factors().items, o.step());
  };
  options.solver = "cholesky";
  const double exact = loss_of(options);
  options.solver = "cg";
  options.conjugate_steps = 2;
  EXPECT_NEAR(loss_of(options), exact, 1e-3 * exact);
}

TEST(Ials, AFoldedInHistoryIsTheUserOfTraining) {
  const SmallWorld world = weighted(small_world(60, 40, 3), 4);
  for (const double exponent : {0.0, 0.6}) {
    IalsOptions options;
    options.factors = 8;
    options.l2 = 1;
    options.l2_exponent = exponent;
    options.solver = "cholesky";
    Ials model(options);
    model.fit(world.data());
    for (std::int32_t user = 0; user < 60; ++user) {
      const Query stranger{.history = world.interactions.row_indices(user),
                           .history_values = world.interactions.row_values(user)};
      const auto known = scores_of(model, {.user = user}), folded = scores_of(model, stranger);
      for (std::size_t i = 0; i < known.size(); ++i) EXPECT_NEAR(known[i], folded[i], 1e-4);
    }
  }
}

}  // namespace
}  // namespace genre
