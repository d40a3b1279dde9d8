#include "genre/optim/parameter_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/config/toml.h"
#include "genre/optim/adam.h"

namespace genre {
namespace {

const std::vector<ParameterGroupOptions> kGroups = {
    {.parameters = {"*.bias", "classifier.*"}, .learning_rate = 1e-3, .weight_decay = {}},
    {.parameters = {"encoder.layer.?.*", "classifier.weight"}, .learning_rate = {}, .weight_decay = 0.5}};

TEST(ParameterGroups, TheFirstThatHasTheNameCounts) {
  EXPECT_EQ(group_of(kGroups, "classifier.weight").learning_rate, 1e-3);
  EXPECT_EQ(group_of(kGroups, "classifier.weight").weight_decay, std::nullopt);
  EXPECT_EQ(group_of(kGroups, "encoder.layer.3.output.bias").learning_rate, 1e-3);
  EXPECT_EQ(group_of(kGroups, "encoder.layer.3.output.weight").weight_decay, 0.5);
  for (const char* other : {"encoder.layer.10.output.weight", "pooler.weight", "my.classifier.weight"}) {
    EXPECT_EQ(group_of(kGroups, other).learning_rate, std::nullopt) << other;
    EXPECT_EQ(group_of(kGroups, other).weight_decay, std::nullopt) << other;
  }
}

TEST(ParameterGroups, APatternOfNothingIsNamedWithSomeThatThereAre) {
  const std::vector<std::string> names = {"encoder.layer.0.weight", "encoder.layer.0.bias", "classifier.weight",
                                          "classifier.bias"};
  expect_named(kGroups, names);
  const std::vector<ParameterGroupOptions> wrong = {
      {.parameters = {"head.*"}, .learning_rate = {}, .weight_decay = {}}};
  try {
    expect_named(wrong, names);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kConfig);
    EXPECT_THAT(error.message(), testing::HasSubstr("head.*"));
    EXPECT_THAT(error.hint(), testing::HasSubstr("classifier.bias"));
  }
}

TEST(ParameterGroups, AreReadFromTheTableOfTheOptimizer) {
  AdamWOptions options;
  config::Fields f;
  options.fields(f);
  std::vector<config::Fault> faults;
  f.load(config::parse_toml("learning_rate = 1e-4\n[[groups]]\nparameters = [\"classifier.*\"]\nlearning_rate = 1e-2\n"
                            "[[groups]]\nparameters = [\"*\"]\nweight_decay = 0.0\n",
                            "groups.toml"),
         "", faults);
  EXPECT_TRUE(faults.empty());
  ASSERT_EQ(options.groups.size(), 2u);
  EXPECT_EQ(options.groups[0].learning_rate, 1e-2);
  EXPECT_EQ(options.groups[1].weight_decay, 0.0);
}

}  // namespace
}  // namespace genre
