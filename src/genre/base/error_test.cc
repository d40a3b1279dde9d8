#include "genre/base/error.h"

#include <gtest/gtest.h>

namespace genre {

TEST(Error, WhatNamesFileAndLine) {
  const Error error(ErrorCode::kData, "item 912 is outside [0, 900)", "check the item file",
                    {.file = "ratings.csv", .line = 17});
  EXPECT_STREQ(error.what(), "item 912 is outside [0, 900) at ratings.csv:17");
  EXPECT_EQ(error.message(), "item 912 is outside [0, 900)");
  EXPECT_EQ(error.hint(), "check the item file");
}

TEST(Error, EachCodeHasItsExitCodeAndName) {
  EXPECT_EQ(exit_code(ErrorCode::kRuntime), 1);
  EXPECT_EQ(exit_code(ErrorCode::kUsage), 2);
  EXPECT_EQ(exit_code(ErrorCode::kConfig), 3);
  EXPECT_EQ(exit_code(ErrorCode::kData), 4);
  EXPECT_EQ(exit_code(ErrorCode::kNotFound), 5);
  EXPECT_EQ(exit_code(ErrorCode::kDependency), 6);
  EXPECT_EQ(exit_code(ErrorCode::kResources), 7);
  EXPECT_EQ(exit_code(ErrorCode::kCheckFailed), 8);
  EXPECT_EQ(exit_code(ErrorCode::kInterrupted), 130);
  EXPECT_EQ(error_name(ErrorCode::kNotFound), "not_found");
}

}  // namespace genre
