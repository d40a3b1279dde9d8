#include "genre/text/json_integer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "genre/base/error.h"

namespace genre {
namespace {

using nlohmann::json;

TEST(JsonInteger, TakesIntegersOfThirtyTwoBitsAndNothingElse) {
  for (const char* text : {"0", "-7", "2147483647", "-2147483648"})
    EXPECT_EQ(json_integer(json::parse(text)), std::stoll(text)) << text;
  for (const char* text : {"2147483648", "-2147483649", "18446744073709551615", "4.44444e34", "3.5", "1.0", "\"7\"",
                           "true", "null", "[1]"})
    EXPECT_THROW(json_integer(json::parse(text)), Error) << text;
}

TEST(JsonInteger, AMissingMemberIsWhatIsSaid) {
  const json object = {{"a", 3}, {"b", 4e34}};
  EXPECT_EQ(json_integer(object, "a", 9), 3);
  EXPECT_EQ(json_integer(object, "c", 9), 9);
  EXPECT_THROW(json_integer(object, "b", 9), Error);
}

}  // namespace
}  // namespace genre
