#include "genre/lm/options.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/config/layers.h"
#include "genre/config/toml.h"

namespace genre {
namespace {

LmOptions load(const std::string& toml) {
  LmOptions options;
  config::Fields fields;
  options.fields(fields);
  config::apply(config::parse_toml(toml, "test.toml"), fields);
  return options;
}

}  // namespace

TEST(LmOptions, ReadsEveryKey) {
  const LmOptions options = load("model = \"none\"\nprecision = \"int8\"\nmaximum_tokens = 64");
  EXPECT_EQ(options.model, "none");
  EXPECT_EQ(options.precision, "int8");
  EXPECT_EQ(options.maximum_tokens, 64);
  EXPECT_EQ(load("").model, "all-MiniLM-L6-v2");
}

TEST(LmOptions, UnknownPrecisionsAndNegativeLimitsAreRefused) {
  EXPECT_THROW(load("precision = \"int4\""), Error);
  EXPECT_THROW(load("maximum_tokens = -1"), Error);
}

}  // namespace genre
