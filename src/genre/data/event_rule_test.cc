#include "genre/data/event_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "genre/base/error.h"

namespace genre {

TEST(ValueCondition, AndBindsTighterThanOr) {
  const ValueCondition condition("value < 1 or value >= 4 and value != 5");
  EXPECT_TRUE(condition.holds(0.5));
  EXPECT_TRUE(condition.holds(4));
  EXPECT_FALSE(condition.holds(5));
  EXPECT_FALSE(condition.holds(2));
}

TEST(ValueCondition, EveryOperatorCompares) {
  EXPECT_TRUE(ValueCondition("value<=-1.5e1").holds(-15));
  EXPECT_TRUE(ValueCondition("value == 3").holds(3));
  EXPECT_FALSE(ValueCondition("value > 3").holds(3));
  EXPECT_TRUE(ValueCondition("value >= 3").holds(3));
  EXPECT_FALSE(ValueCondition("value < 3").holds(3));
  EXPECT_FALSE(ValueCondition("value != 3").holds(3));
}

TEST(ValueCondition, EmptyTextHoldsAlways) {
  EXPECT_TRUE(ValueCondition("").holds(-1));
  EXPECT_TRUE(ValueCondition("  ").holds(0));
}

TEST(ValueCondition, FaultNamesItsColumn) {
  const auto message = [](std::string_view text) -> std::string {
    try {
      ValueCondition{text, "data.events.rating.positive"};
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kConfig);
      EXPECT_EQ(e.place().key, "data.events.rating.positive");
      return e.message();
    }
    return "no error";
  };
  EXPECT_THAT(message("rating >= 4"), testing::HasSubstr("column 1 wanted 'value'"));
  EXPECT_THAT(message("value = 4"), testing::HasSubstr("column 7 wanted one of"));
  EXPECT_THAT(message("value >= four"), testing::HasSubstr("column 10 wanted a number"));
  EXPECT_THAT(message("value >= 4 xor value < 2"), testing::HasSubstr("column 12 wanted 'and', 'or' or the end"));
  EXPECT_THAT(message("value >= 4 and"), testing::HasSubstr("column 15 wanted 'value', found the end"));
  EXPECT_THAT(message("value >= nan"), testing::HasSubstr("a number"));
}

TEST(EventRule, WeightMultipliesTheValue) {
  const EventRule rule({.weight = 2, .positive = "value >= 4", .repeats = "latest"});
  EXPECT_EQ(rule.weight(4), 8);
  EXPECT_TRUE(rule.positive(4));
  EXPECT_FALSE(rule.positive(3.9));
  EXPECT_TRUE(rule.latest());
}

}  // namespace genre
