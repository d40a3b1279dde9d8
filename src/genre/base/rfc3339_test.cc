#include "genre/base/rfc3339.h"

#include <gtest/gtest.h>

namespace genre {

TEST(Rfc3339, ReadsTheExamplesOfRfc3339) {
  EXPECT_EQ(parse_rfc3339("1985-04-12T23:20:50.52Z"), 482196050520);
  EXPECT_EQ(parse_rfc3339("1996-12-19T16:39:57-08:00"), 851042397000);
  EXPECT_EQ(parse_rfc3339("1937-01-01T12:00:27.87+00:20"), -1041337172130);
  EXPECT_EQ(parse_rfc3339("1990-12-31T23:59:60Z"), 662687999000);  // the leap second
}

TEST(Rfc3339, EdgesOfTheCalendar) {
  EXPECT_EQ(parse_rfc3339("1970-01-01t00:00:00z"), 0);
  EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00Z"), 1709164800000);
  EXPECT_EQ(parse_rfc3339("0001-01-01T00:00:00Z"), kEarliestTime);
  EXPECT_EQ(parse_rfc3339("9999-12-31T23:59:59.9999Z"), kLatestTime);
}

TEST(Rfc3339, MalformedTextIsAbsent) {
  for (const char* bad :
       {"", "2026", "2026-01-31", "2026-01-31T12:00:00", "2026-02-30T12:00:00Z", "2025-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z", "2026-01-31T12:00:61Z",
        "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00Zx", "2026-1-31T12:00:00Z", "0000-01-01T00:00:00Z",
        "2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00+01:", "2026-01-31T12:00:00+01", "tomorrow"})
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
}

TEST(Rfc3339, LenientReadingAddsWhatPeopleWrite) {
  EXPECT_EQ(parse_rfc3339_leniently("1970-01-02"), 86400000);
  EXPECT_EQ(parse_rfc3339_leniently("2000-02-29T00:00"), 951782400000);
  EXPECT_EQ(parse_rfc3339_leniently("2000-02-29 00:00:00"), 951782400000);
  EXPECT_EQ(parse_rfc3339_leniently("2000-02-29T01:00:00+0100"), 951782400000);
  EXPECT_EQ(parse_rfc3339_leniently("2000-02-29T01:00:00+01"), 951782400000);
  EXPECT_EQ(parse_rfc3339_leniently("2000-02-29T01:00:00+01:00"), parse_rfc3339("2000-02-29T01:00:00+01:00"));
  EXPECT_FALSE(parse_rfc3339_leniently("0001-01-01T00:00:00+01:00"));  // before year 1
}

}  // namespace genre
