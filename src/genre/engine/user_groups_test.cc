#include "genre/engine/user_groups.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "genre/base/random.h"

namespace genre {
namespace {

// 100 users of gender F and M, 10 of X and 10 without any; F's values are higher by `gap`.
struct Population {
  FieldTable fields;
  std::vector<std::int32_t> users;
  std::map<std::string, std::vector<double>> per_user;
};

Population population(double gap) {
  Population out;
  RandomStream random(7, "user groups test");
  auto& gender = out.fields.fields["gender"];
  for (int u = 0; u < 120; ++u) {
    gender.push_back(u >= 110 ? "" : u >= 100 ? "X" : u % 2 == 0 ? "F" : "M");
    if (u % 10 == 7) continue;  // not a query
    out.users.push_back(u);
    out.per_user["ndcg@10"].push_back(random.uniform() + (gender.back() == "F" ? gap : gender.back() == "X" ? 10 : 0));
  }
  return out;
}

UserGroupResult compare(const Population& of) {
  return compare_user_groups(field_groups(of.fields, "user", "gender", "", "k"), of.users, of.per_user, 7, 500);
}

const UserGroup& group(const UserGroupResult& result, const std::string& name) {
  return *std::find_if(result.groups.begin(), result.groups.end(), [&](const auto& g) { return g.name == name; });
}

TEST(UserGroups, EachHasItsMeanAndTheGapIsBetweenLargeGroups) {
  const Population of = population(0.5);
  const UserGroupResult result = compare(of);
  ASSERT_EQ(result.groups.size(), 4u);
  std::map<std::string, double> mean;
  for (const std::string name : {"F", "M", "X", ""}) {
    double sum = 0, count = 0;
    for (std::size_t q = 0; q < of.users.size(); ++q) {
      if (of.fields.get("gender", of.users[q]) != name) continue;
      sum += of.per_user.at("ndcg@10")[q];
      ++count;
    }
    mean[name] = sum / count;
    const UserGroup& found = group(result, name);
    EXPECT_EQ(found.users, count);
    EXPECT_EQ(found.in_gap, name == "F" || name == "M");
    EXPECT_NEAR(found.metrics.at("ndcg@10").value, mean[name], 1e-12);
    EXPECT_LT(found.metrics.at("ndcg@10").low, mean[name]);
  }
  const GroupGap& gap = result.gaps.at("ndcg@10");
  EXPECT_NEAR(gap.gap, mean["F"] - mean["M"], 1e-12);
  EXPECT_EQ(gap.highest, "F");
  EXPECT_EQ(gap.lowest, "M");
  EXPECT_LT(gap.p, 0.01);
  EXPECT_EQ(gap.p, compare(of).gaps.at("ndcg@10").p);
}

TEST(UserGroups, AGapByChanceHasALargeP) {
  Population of = population(0);
  EXPECT_GT(compare(of).gaps.at("ndcg@10").p, 0.05);
  for (double& value : of.per_user["ndcg@10"]) value = 0.25;
  EXPECT_EQ(compare(of).gaps.at("ndcg@10").p, 1);
}

TEST(UserGroups, ThePOfTwoGroupsIsTheShareOfAllSplitsWithAsWideAGap) {
  // 20 and 20 users of values 0 and 1: the number of ones in the first group is hypergeometric.
  Population of;
  for (int u = 0; u < 40; ++u) {
    of.fields.fields["gender"].push_back(u < 20 ? "F" : "M");
    of.users.push_back(u);
    of.per_user["hr@10"].push_back(u < 13 || (u >= 20 && u < 27) ? 1 : 0);  // 13 against 7 of 20
  }
  const auto choose = [](int n, int k) {
    return std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1));
  };
  double exact = 0;
  for (int ones = 0; ones <= 20; ++ones)
    if (std::abs(2 * ones - 20) >= 6) exact += choose(20, ones) * choose(20, 20 - ones) / choose(40, 20);
  const auto result =
      compare_user_groups(field_groups(of.fields, "user", "gender", "", "k"), of.users, of.per_user, 7, 20000);
  EXPECT_NEAR(result.gaps.at("hr@10").p, exact, 0.01);
}

TEST(UserGroups, OneLargeGroupAloneHasNoGap) {
  Population of = population(0.5);
  for (auto& name : of.fields.fields["gender"]) name = name == "M" ? "F" : name;
  const UserGroupResult result = compare(of);
  EXPECT_TRUE(result.gaps.empty());
  EXPECT_EQ(result.groups.size(), 3u);
}

TEST(UserGroups, UndefinedValuesAreLeftOut) {
  Population of = population(0.5);
  for (std::size_t q = 0; q < of.users.size(); ++q)
    if (of.fields.get("gender", of.users[q]) == "M")
      of.per_user["ndcg@10"][q] = std::numeric_limits<double>::quiet_NaN();
  const UserGroupResult result = compare(of);
  EXPECT_TRUE(result.gaps.empty());
  EXPECT_TRUE(std::isnan(group(result, "M").metrics.at("ndcg@10").value));
}

}  // namespace
}  // namespace genre
