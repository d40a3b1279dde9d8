#include "genre/data/date_forms.h"

#include <gtest/gtest.h>

#include <string>

#include "genre/base/random.h"
#include "genre/base/rfc3339.h"
#include "genre/data/timestamp.h"

namespace genre {
namespace {

constexpr DateOrder kUnstated = DateOrder::kUnstated, kDay = DateOrder::kDayFirst, kMonth = DateOrder::kMonthFirst,
                    kYear = DateOrder::kYearFirst;

void expect(std::string_view text, const std::string& rfc3339, DateOrder order = kUnstated) {
  EXPECT_EQ(parse_date(text, order).time, parse_rfc3339(rfc3339)) << text;
}

TEST(DateForms, WhatIsUnambiguousIsReadWithoutAnOrder) {
  for (const auto* const text :
       {"2024/01/31 23:59:09", "2024.1.31 23:59:09", "31/01/2024 23:59:09", "31.1.2024, 23:59:09",
        "01-31-2024 23:59:09", "31 Jan 2024 23:59:09", "Jan 31, 2024 23:59:09", "January 31 2024 11:59:09 PM",
        "31-Jan-2024 23:59:09", "Wed, 31 Jan 2024 23:59:09 GMT", "Thu, 01 Feb 2024 01:59:09 +0200",
        "Wed Jan 31 23:59:09 2024", "Wed Jan 31 23:59:09 UTC 2024", "2024 Jan 31 23:59:09", "2024/01/31T18:59:09-05:00",
        "31/01/2024 11:59:09 pm", "1/31/2024 23:59:09+00"})
    expect(text, "2024-01-31T23:59:09Z");
  expect("31/01/2024", "2024-01-31T00:00:00Z");
  expect("01-Jan-1995", "1995-01-01T00:00:00Z");
  expect("2024/2/29 12:00 AM", "2024-02-29T00:00:00Z");
  expect("2024/2/29 12:00 PM", "2024-02-29T12:00:00Z");
  expect("2024/2/29 00:00:00.1239", "2024-02-29T00:00:00.123Z");
  expect("4/4/2024", "2024-04-04T00:00:00Z");  // the same either way
}

TEST(DateForms, TheStatedOrderDecidesAndContradictionsAreNotRead) {
  expect("03/04/2024", "2024-04-03T00:00:00Z", kDay);
  expect("03/04/2024", "2024-03-04T00:00:00Z", kMonth);
  expect("2024/03/04", "2024-03-04T00:00:00Z", kDay);
  expect("20240403", "2024-04-03T00:00:00Z", kYear);
  for (const auto order : {kUnstated, kYear}) {
    EXPECT_FALSE(parse_date("03/04/2024", order).time);
    EXPECT_STREQ(parse_date("03/04/2024", order).two_readings, "day or month first: set date_order");
  }
  EXPECT_FALSE(parse_date("01/31/2024", kDay).time);
  EXPECT_FALSE(parse_date("31/01/2024", kMonth).time);
  EXPECT_EQ(parse_date("31/01/2024", kMonth).two_readings, nullptr);
}

TEST(DateForms, WhatIsNoDateIsNothing) {
  for (const auto* const text : {"",
                                 "x",
                                 "31/01",
                                 "31/01/24",
                                 "2024/13/01",
                                 "2024/02/30",
                                 "31/01/2024 24:00",
                                 "31/01/2024 23:60",
                                 "31 Foo 2024",
                                 "Jan Feb 2024",
                                 "31/01.2024",
                                 "2024/01/31 23",
                                 "2024/01/31 13:00 PM",
                                 "2024/01/31 0:00 AM",
                                 "2024/01/31 12:00 X",
                                 "2024/01/31 12:00 +1",
                                 "2024/01/31 12:00 +25:00",
                                 "2024/01/31 12:00:00.",
                                 "99999999999/1/1",
                                 "0/1/2024",
                                 "2024/01/31 junk",
                                 "20240131",
                                 "Mon",
                                 "Mon,",
                                 "Jan 31",
                                 "Jan 31 23:59:59",
                                 "31 12 2024 1",
                                 "/////",
                                 "1/1/0000"})
    EXPECT_FALSE(parse_date(text, kUnstated).time) << text;
}

TEST(DateForms, RandomTextNeverCrashes) {
  RandomStream random(11, "dates");
  const std::string alphabet = "0123456789/.-:, +TZJanFebWedpmAM";
  for (int round = 0; round < 100000; ++round) {
    std::string text;
    for (std::uint64_t i = random.below(24); i > 0; --i) text += alphabet[random.below(alphabet.size())];
    const auto read = parse_date(text, static_cast<DateOrder>(random.below(4)));
    if (read.time) {
      ASSERT_GE(*read.time, kEarliestTime) << text;
      ASSERT_LE(*read.time, kLatestTime) << text;
    }
  }
}

TEST(TimeReader, AutoTakesEveryFormOfOneColumn) {
  const TimeReader reader("auto", "day_first");
  for (const auto* const text : {"1704067200", "1704067200.0", "1704067200000", "2024-01-01", "2024-01-01T00:00:00Z",
                                 "01/01/2024 00:00", "1 Jan 2024", "2024-01-01 01:00:00+01:00"})
    EXPECT_EQ(reader.read(text), 1704067200000) << text;
  EXPECT_EQ(reader.read("99999999999"), 99999999999000);  // seconds up to 1e11
  EXPECT_EQ(reader.read("100000000000"), 100000000000);
  EXPECT_FALSE(reader.read("yesterday"));
  EXPECT_EQ(reader.fault("yesterday"), "time 'yesterday' cannot be read");
  EXPECT_EQ(reader.fault(""), "time is missing");
}

TEST(TimeReader, TwoReadingsAreAFaultThatSaysWhatToSet) {
  const TimeReader reader("auto", "");
  EXPECT_FALSE(reader.read("03/04/2024"));
  EXPECT_EQ(reader.fault("03/04/2024"), "time '03/04/2024' has two readings, day or month first: set date_order");
  EXPECT_FALSE(reader.read("20240131"));
  EXPECT_NE(reader.fault("20240131").find("year_first"), std::string::npos);
  EXPECT_EQ(TimeReader("auto", "year_first").read("20240131"), 1706659200000);
  EXPECT_EQ(TimeReader("auto", "year_first").read("20240131000001"), 1706659201000);
  EXPECT_FALSE(reader.read("20240131000001"));
  EXPECT_EQ(reader.read("20241399"), 20241399000);  // no date, so seconds
}

}  // namespace
}  // namespace genre
