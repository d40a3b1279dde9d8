#include "genre/lm/choice_constraint.h"

#include <gmock/gmock.h>

#include <set>

#include "genre/base/error.h"
#include "genre/base/random.h"

namespace genre {
namespace {

using testing::ElementsAre;

TEST(ChoiceConstraint, LeadsThroughSharedBeginningsToEachChoice) {
  const ChoiceConstraint constraint({{5, 1, 2}, {5, 1}, {5, 3, 4}, {7}, {5, 1}});
  std::vector<std::int32_t> ids;
  constraint.allowed(TokenConstraint::kStart, ids);
  EXPECT_THAT(ids, ElementsAre(5, 7));
  EXPECT_THAT(constraint.closing(TokenConstraint::kStart), ElementsAre(7));
  const auto five = constraint.next(TokenConstraint::kStart, 5);
  constraint.allowed(five, ids);
  EXPECT_THAT(ids, ElementsAre(1, 3));
  EXPECT_FALSE(constraint.complete(five));
  EXPECT_THAT(constraint.closing(five), ElementsAre(1));
  const auto one = constraint.next(five, 1);
  EXPECT_TRUE(constraint.complete(one));
  EXPECT_EQ(constraint.closing_length(one), 0);
  constraint.allowed(one, ids);
  EXPECT_THAT(ids, ElementsAre(2));
  constraint.allowed(constraint.next(one, 2), ids);
  EXPECT_THAT(ids, ElementsAre());
}

TEST(ChoiceConstraint, AllowsExactlyTheChoices) {
  RandomStream random(1, "test");
  for (int trial = 0; trial < 50; ++trial) {
    std::set<std::vector<std::int32_t>> choices;
    for (std::uint64_t n = 1 + random.below(40); n > 0; --n) {
      std::vector<std::int32_t> ids(1 + random.below(5));
      for (auto& id : ids) id = static_cast<std::int32_t>(random.below(4));
      choices.insert(ids);
    }
    const ChoiceConstraint constraint({choices.rbegin(), choices.rend()});
    std::set<std::vector<std::int32_t>> reached;
    struct Open {
      TokenConstraint::State state;
      std::vector<std::int32_t> ids;
    };
    std::vector<Open> open = {{TokenConstraint::kStart, {}}};
    while (!open.empty()) {
      const Open here = open.back();
      open.pop_back();
      if (constraint.complete(here.state)) reached.insert(here.ids);
      auto closed = here.ids;
      for (const auto id : constraint.closing(here.state)) closed.push_back(id);
      EXPECT_TRUE(choices.contains(closed));
      EXPECT_EQ(static_cast<std::size_t>(constraint.closing_length(here.state)), closed.size() - here.ids.size());
      std::vector<std::int32_t> ids;
      constraint.allowed(here.state, ids);
      for (const auto id : ids) {
        open.push_back({constraint.next(here.state, id), here.ids});
        open.back().ids.push_back(id);
      }
    }
    ASSERT_EQ(reached, choices);
  }
}

TEST(ChoiceConstraint, NoChoiceAndAnEmptyChoiceAreRefused) {
  EXPECT_THROW(ChoiceConstraint({}), Error);
  EXPECT_THROW(ChoiceConstraint(std::vector<std::vector<std::int32_t>>{{1}, {}}), Error);
}

}  // namespace
}  // namespace genre
