#include "genre/data/timestamp.h"

#include <gtest/gtest.h>

namespace genre {

TEST(ParseTime, SecondsAndMilliseconds) {
  EXPECT_EQ(parse_time("881250949", TimeUnit::kSeconds), 881250949000);
  EXPECT_EQ(parse_time("881250949.25", TimeUnit::kSeconds), 881250949250);
  EXPECT_EQ(parse_time("1.5E9", TimeUnit::kSeconds), 1500000000000);
  EXPECT_EQ(parse_time("-1", TimeUnit::kSeconds), -1000);
  EXPECT_EQ(parse_time("881250949000", TimeUnit::kMilliseconds), 881250949000);
}

TEST(ParseTime, Rfc3339) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z", TimeUnit::kRfc3339), 0);
  EXPECT_EQ(parse_time("1970-01-02", TimeUnit::kRfc3339), 86400000);
  EXPECT_EQ(parse_time("2025-02-28 23:59:59.5+02:00", TimeUnit::kRfc3339), 1740779999500);
  EXPECT_EQ(parse_time("2000-02-29T00:00", TimeUnit::kRfc3339), 951782400000);
  EXPECT_EQ(parse_time("1969-12-31T23:59:59.999Z", TimeUnit::kRfc3339), -1);
}

TEST(ParseTime, WhatIsNoTimeIsNothing) {
  for (const auto* const text :
       {"", "x", "1e400", "nan", "inf", "99999999999999999999", "9223372036854775807", "-9223372036854775808", "12 "}) {
    EXPECT_FALSE(parse_time(text, TimeUnit::kSeconds)) << text;
  }
  for (const auto* const text : {"", "2025", "2025-13-01", "2025-02-29", "0000-01-01", "2025-01-01T24:00:00Z",
                                 "2025-01-01T00:00:00+", "2025-01-01T00:00:00X", "2025-01-01T00:00:00.Z", "2025-01-01T",
                                 "20250101", "2025-1-1", "2025-01-01T00:00:00+99:00"}) {
    EXPECT_FALSE(parse_time(text, TimeUnit::kRfc3339)) << text;
  }
}

TEST(ParseTime, MicrosecondsTakenForSecondsAreOutOfRange) {
  EXPECT_FALSE(parse_time("881250949000000", TimeUnit::kSeconds));
}

}  // namespace genre
