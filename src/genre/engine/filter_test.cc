#include "genre/engine/filter.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/engine/testing.h"

namespace genre {
namespace {

std::vector<int> matching(const std::string& expression) {
  const Dataset dataset = testing_data::two_tastes();
  const auto mask = Filter(expression, dataset.item_fields).mask(10);
  std::vector<int> out;
  for (int i = 0; i < 10; ++i)
    if (mask[i]) out.push_back(i);
  return out;
}

TEST(Filter, ComparesNumbersAndText) {
  EXPECT_EQ(matching("year >= 1997"), (std::vector<int>{7, 8, 9}));
  EXPECT_EQ(matching("year < 1992"), (std::vector<int>{0, 1}));
  EXPECT_EQ(matching("title == \"red 2\""), (std::vector<int>{2}));
  EXPECT_EQ(matching("title contains 'blue'"), (std::vector<int>{5, 6, 7, 8}));
  EXPECT_EQ(matching("year in [1990, 1995, 2050]"), (std::vector<int>{0, 5}));
  EXPECT_EQ(matching("title in ['red 1', 'blue 8']"), (std::vector<int>{1, 8}));
}

TEST(Filter, AndBindsTighterThanOrAndNotTightest) {
  EXPECT_EQ(matching("title contains 'blue' and year > 1996 or year == 1990"), (std::vector<int>{0, 7, 8}));
  EXPECT_EQ(matching("title contains 'blue' and (year > 1997 or year == 1990)"), (std::vector<int>{8}));
  EXPECT_EQ(matching("not title contains 'red' and year != 1996"), (std::vector<int>{5, 7, 8}));
}

TEST(Filter, MissingValuesMakeComparisonsFalse) {
  EXPECT_EQ(matching("year != 1990 and year < 1995"), (std::vector<int>{1, 2, 4}));
  EXPECT_EQ(matching("not year >= 0"), (std::vector<int>{3}));
}

TEST(Filter, FaultsNameColumnAndNearestField) {
  const auto message = [](const std::string& expression) -> std::string {
    try {
      matching(expression);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kUsage);
      return e.message() + " | " + e.hint();
    }
    return "accepted";
  };
  EXPECT_EQ(message("yaer > 3"), "filter, column 1: unknown field 'yaer' | did you mean 'year'?");
  EXPECT_NE(message("year >").find("column 7: wanted a number"), std::string::npos);
  EXPECT_NE(message("year > 3 nonsense").find("column 10"), std::string::npos);
  EXPECT_NE(message("(year > 3").find("wanted ')'"), std::string::npos);
  EXPECT_NE(message("title == \"open").find("closing quote"), std::string::npos);
  EXPECT_NE(message("").find("field name"), std::string::npos);
  EXPECT_NE(message(std::string(10000, '(')).find("nested"), std::string::npos);
  std::string negations;
  for (int i = 0; i < 10000; ++i) negations += "not ";
  EXPECT_NE(message(negations + "year > 1").find("nested"), std::string::npos);
}

TEST(Filter, RandomTextNeverCrashes) {
  const Dataset dataset = testing_data::two_tastes();
  const std::string alphabet = "year title()[]\"'<>=! and or not in contains 0123.,-";
  RandomStream random(3, "filter_fuzz");
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (std::uint64_t n = random.below(24); n > 0; --n) text += alphabet[random.below(alphabet.size())];
    try {
      accepted += Filter(text, dataset.item_fields).mask(10).size() == 10 ? 1 : 0;
    } catch (const Error&) {
    }
  }
  EXPECT_LT(accepted, 20000);
}

}  // namespace
}  // namespace genre
