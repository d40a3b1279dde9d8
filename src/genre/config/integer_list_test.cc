#include "genre/config/integer_list.h"

#include <gtest/gtest.h>

#include "genre/config/toml.h"

namespace genre::config {
namespace {

struct Layers {
  std::vector<int> widths = {128, 64};
  std::vector<Fault> faults;
  explicit Layers(const std::string& text = "") {
    Fields f;
    f.add(integer_list("widths", widths, {.minimum = 1}, "widths"));
    f.load(parse_toml(text, "x.toml"), "", faults);
  }
};

TEST(IntegerList, TakesTheIntegersOfAnArray) {
  EXPECT_EQ(Layers("widths = [3, 2, 1]").widths, (std::vector<int>{3, 2, 1}));
  EXPECT_TRUE(Layers("widths = []").widths.empty());
  EXPECT_EQ(Layers().widths, (std::vector<int>{128, 64}));
}

TEST(IntegerList, RefusesWhatIsNoIntegerOrOutOfRange) {
  for (const auto& [text, message] : {std::pair{"widths = [4, 0]", "'widths' is 0, wanted >= 1"},
                                      {"widths = [4.5]", "'widths' wants an integer, found number 4.5"},
                                      {"widths = 4", "'widths' wants an array, found integer 4"}}) {
    const Layers layers(text);
    ASSERT_EQ(layers.faults.size(), 1u) << text;
    EXPECT_EQ(layers.faults[0].message, message);
  }
}

TEST(IntegerList, GivesItsValuesBack) {
  Layers layers("widths = [3, 2]");
  const Value value = integer_list("widths", layers.widths, {}, "widths").get();
  std::vector<int> again;
  std::vector<Fault> faults;
  integer_list("widths", again, {}, "widths").set(value, "widths", faults);
  EXPECT_EQ(again, layers.widths);
}

}  // namespace
}  // namespace genre::config
