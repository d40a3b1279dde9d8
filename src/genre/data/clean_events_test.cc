// Every cleaning rule on a file that was made to break it.
#include "genre/data/clean_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/base/error_of_test.h"
#include "genre/base/file.h"
#include "genre/data/data_toml_test.h"
#include "genre/data/prepare.h"
#include "genre/data/temporary_folder.h"

namespace genre {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

const std::filesystem::path& kFolder = temporary_folder().path();

PrepareResult prepare_files(const std::string& clean, const std::string& events, const std::string& more = "",
                            const std::string& items = "") {
  temporary_folder().write("rule.csv", events);
  std::string toml = "[[data.interactions]]\npath = \"rule.csv\"\n" + more + "[data.split]\nkind = \"none\"\n";
  if (!items.empty()) {
    temporary_folder().write("rule_items.csv", items);
    toml += "[[data.items]]\npath = \"rule_items.csv\"\n";
  }
  return prepare(data_options(toml + "[data.clean]\n" + clean), kFolder, 7, kFolder / "rule_rejected.csv");
}

std::string step(const Dataset& dataset, const std::string& rule) {
  for (const auto& step : dataset.cleaning)
    if (step.rule == rule)
      return std::to_string(step.rows_in) + " " + std::to_string(step.rows_out) + " " + std::to_string(step.changed);
  return "absent";
}

TEST(CleaningRules, RangeDropsValuesOutsideIt) {
  const auto out =
      prepare_files("minimum_value = 1\nmaximum_value = 5\n", "user,item,value\n1,1,1\n1,2,0.5\n2,3,5\n2,2,6\n");
  EXPECT_EQ(step(out.dataset, "range"), "4 2 0");
  EXPECT_THAT(read_file(out.rejected_path), HasSubstr("3,\"value 0.5 is out of range\""));
}

TEST(CleaningRules, MissingColumnsThatAreRequiredDropTheRow) {
  const std::string events = "user,item,value,time\n1,1,,1\n1,2,2,2\n2,1,3,\n2,3,1,4\n";
  const auto out = prepare_files("required = [\"value\", \"time\"]\n", events);
  EXPECT_EQ(step(out.dataset, "invalid"), "4 4 0");
  EXPECT_EQ(step(out.dataset, "missing"), "4 2 0");
  EXPECT_THAT(read_file(out.rejected_path), HasSubstr("2,\"value is required and missing\""));
  EXPECT_EQ(error_of([&] { prepare_files("required = [\"dwell\"]\n", events); }).code(), ErrorCode::kConfig);
  EXPECT_THAT(error_of([&] { prepare_files("required = [\"vlaue\"]\n", events); }).hint(), HasSubstr("'value'"));
}

TEST(CleaningRules, ImpossibleTimesAreThoseOutsideTheStatedDates) {
  const std::string events =
      "user,item,time\n1,1,1970-01-01\n1,2,2024-01-01T00:00:00Z\n2,1,2024-12-31T23:59:59Z\n2,2,2099-01-01\n";
  const auto out = prepare_files("not_before = \"2024-01-01\"\nnot_after = \"2024-12-31T23:59:59Z\"\n", events);
  EXPECT_EQ(step(out.dataset, "time"), "4 2 0");
  EXPECT_THAT(read_file(out.rejected_path), HasSubstr("5,\"time is after not_after\""));
  EXPECT_EQ(error_of([&] { prepare_files("not_after = \"soon\"\n", events); }).place().key, "data.clean.not_after");
  EXPECT_EQ(error_of([&] { prepare_files("not_after = \"2024-01-01\"\n", "user,item\n1,1\n"); }).code(),
            ErrorCode::kConfig);
}

TEST(CleaningRules, ShortDwellTimesAreNoiseAndAbsentOnesAreNot) {
  const auto out = prepare_files("minimum_dwell = 3\n", "user,item,dwell\n1,1,2.9\n1,2,3\n2,1,\n2,2,-1\n2,3,40\n");
  EXPECT_EQ(step(out.dataset, "invalid"), "5 4 0");
  EXPECT_EQ(step(out.dataset, "dwell"), "4 3 0");
  EXPECT_THAT(read_file(out.rejected_path), HasSubstr("5,\"dwell -1 is negative\""));
}

TEST(CleaningRules, OutliersOfAUserGo) {
  const auto out = prepare_files("outliers = 3.5\n", "user,item,value\n1,1,2\n1,2,3\n1,3,1000\n1,4,4\n2,1,1000\n");
  EXPECT_EQ(step(out.dataset, "outliers"), "5 4 0");
  EXPECT_THAT(out.dataset.items.all(), ElementsAre("1", "2", "4"));
}

TEST(CleaningRules, RobotsGoWithAllTheirEvents) {
  std::string events = "user,item,time\n1,1,0\n1,2,4000\n2,1,10\n2,2,9000\n";
  for (int i = 0; i < 30; ++i) events += "robot," + std::to_string(i) + "," + std::to_string(5000 + i) + "\n";
  events += "robot,1,99999\n";
  const auto out = prepare_files("rate = { events = 20, minutes = 1 }\n", events);
  EXPECT_EQ(step(out.dataset, "rate"), "35 4 0");
  EXPECT_THAT(out.dataset.users.all(), ElementsAre("1", "2"));
  EXPECT_EQ(error_of([&] { prepare_files("rate = { events = 20 }\n", "user,item\n1,1\n2,2\n"); }).place().key,
            "data.clean.rate");
}

TEST(CleaningRules, AtLeastCountsOnceAndKCoreGoesOn) {
  const std::string events = "user,item\na,1\na,2\nb,1\nb,9\nc,2\n";
  const auto out = prepare_files("at_least = { user = 2, item = 2 }\n", events);
  EXPECT_EQ(step(out.dataset, "at_least"), "5 3 0");
  EXPECT_THAT(error_of([&] { prepare_files("k_core = { user = 2, item = 2 }\n", events); }).message(),
              HasSubstr("k_core 5 -> 0"));
}

TEST(CleaningRules, DuplicatesAreCounted) {
  const auto out = prepare_files("", "user,item,time\n1,1,1\n1,1,2\n2,2,1\n");
  EXPECT_EQ(step(out.dataset, "duplicates"), "3 2 0");
}

TEST(CleaningRules, TextRepairCountsTheTextsThatChanged) {
  const auto out = prepare_files("repair_text = [\"entities\", \"mojibake\", \"controls\"]\n", "user,item\n1,1\n2,2\n",
                                 "", "id,title\n1,CafÃ© &amp; Bar\n2,plain\n3,\"a\x02z\n2\"\n");
  EXPECT_EQ(step(out.dataset, "repair_text"), "2 2 2");
  EXPECT_EQ(out.dataset.item_fields.get("title", 0), "Café & Bar");
  EXPECT_EQ(out.dataset.item_fields.get("title", 2), "az 2");
}

const std::string kTwins = "id,title,brand\nb,Toy Story (1995),Pixar\na,toy story - 1995,\nc,Heat,Fox\n";

TEST(CleaningRules, NearDuplicatesMergeIntoTheFirstId) {
  const auto out = prepare_files("[data.clean.near_duplicates]\nby = [\"title\"]\n",
                                 "user,item,time\n1,a,1\n1,b,2\n2,b,1\n2,c,2\n", "", kTwins);
  EXPECT_EQ(step(out.dataset, "near_duplicates"), "4 4 1");
  EXPECT_EQ(step(out.dataset, "duplicates"), "4 3 0");  // 1 had both
  EXPECT_THAT(out.dataset.items.all(), ElementsAre("a", "c"));
  EXPECT_EQ(out.dataset.item_fields.get("title", 0), "toy story - 1995");
  EXPECT_EQ(out.dataset.item_fields.get("brand", 0), "Pixar");  // filled from the twin
}

TEST(CleaningRules, NearDuplicatesMayBeDropped) {
  const auto out = prepare_files("[data.clean.near_duplicates]\nby = [\"title\"]\naction = \"drop\"\n",
                                 "user,item\n1,a\n1,b\n2,b\n2,c\n", "", kTwins);
  EXPECT_EQ(step(out.dataset, "near_duplicates"), "4 2 1");
  EXPECT_THAT(out.dataset.items.all(), ElementsAre("a", "c"));
  const auto e = error_of(
      [&] { prepare_files("[data.clean.near_duplicates]\nby = [\"titel\"]\n", "user,item\n1,a\n2,b\n", "", kTwins); });
  EXPECT_THAT(e.hint(), HasSubstr("'title'"));
}

TEST(CleaningRules, ItemsWithoutARequiredFieldLeaveWithTheirEvents) {
  const auto out = prepare_files("required_fields = [\"title\"]\n", "user,item\n1,a\n1,b\n2,a\n2,unknown\n2,c\n", "",
                                 "id,title\na,A\nb,\nc,C\nd,\n");
  EXPECT_EQ(step(out.dataset, "missing_fields"), "5 3 3");  // b, d and the one that no source describes
  EXPECT_THAT(out.dataset.items.all(), ElementsAre("a", "c"));
}

TEST(CleaningRules, AllOnesFollowInTheirOrder) {
  const auto out = prepare_files(
      "required = [\"value\"]\nminimum_value = 0\nnot_before = \"1970-01-01\"\nminimum_dwell = 0\n"
      "repair_text = [\"controls\"]\nrequired_fields = [\"title\"]\nrate = { events = 99 }\noutliers = 9\n"
      "at_least = { user = 1 }\nk_core = { item = 1 }\nnear_duplicates = { by = [\"title\"] }\n",
      "user,item,value,time,dwell\n1,1,1,1,1\n2,2,1,1,1\n", "", "id,title\n1,One\n2,Two\n");
  std::vector<std::string> rules;
  for (const auto& s : out.dataset.cleaning) rules.push_back(s.rule);
  EXPECT_THAT(rules, ElementsAre("invalid", "missing", "range", "time", "dwell", "repair_text", "near_duplicates",
                                 "missing_fields", "rate", "outliers", "duplicates", "at_least", "k_core"));
}

TEST(EventWeights, ComeFromDwellTimeOrSentimentByType) {
  const std::string events =
      "user,item,type,value,dwell,sentiment\n1,1,view,,99,\n1,2,comment,,,-0.5\n2,1,rating,4,7,\n2,2,comment,,,0.5\n";
  const std::string types =
      "[data.events.view]\nweight = 2\nweight_from = \"dwell\"\nweight_scale = \"log\"\npositive = \"value >= 60\"\n"
      "[data.events.comment]\nweight = 3\nweight_from = \"sentiment\"\npositive = \"value > 0\"\n";
  const auto out = prepare_files("", events, types);
  EXPECT_THAT(out.dataset.interactions.value, ElementsAre(99, -0.5, 4, 0.5));
  EXPECT_FLOAT_EQ(out.dataset.interactions.weight[0], 2 * std::log(100.0f));
  EXPECT_FLOAT_EQ(out.dataset.interactions.weight[1], -1.5f);
  EXPECT_FLOAT_EQ(out.dataset.interactions.weight[3], 1.5f);
  EXPECT_THAT(out.dataset.interactions.positive, ElementsAre(1, 0, 1, 1));
  EXPECT_EQ(error_of([&] { prepare_files("", "user,item,type\n1,1,view\n2,2,view\n", types); }).code(),
            ErrorCode::kConfig);
  const auto rejected = prepare_files("maximum_rejected = 1\n", events + "3,3,view,1,,\n", types);
  EXPECT_THAT(read_file(rejected.rejected_path), HasSubstr("6,\"dwell is missing\""));
}

TEST(OddFiles, EncodingsOfSourcesAreDecodedAndWrongRowsNamed) {
  const std::string gbk = "user,item\n\xD5\xC5,\xB5\xE7\xD3\xB0\n\xC0\xEE,\xD6\n\xCD\xF5,\xCA\xE9\n";
  const auto out = prepare_files("", gbk, "encoding = \"GBK\"\n");
  EXPECT_THAT(out.dataset.users.all(), ElementsAre("张", "王"));
  EXPECT_THAT(out.dataset.items.all(), ElementsAre("书", "电影"));
  EXPECT_EQ(out.dataset.rejected, 1);
  EXPECT_THAT(read_file(out.rejected_path), HasSubstr("3,\"item is not GBK\""));
}

TEST(OddFiles, OneColumnMayMixDateForms) {
  const std::string events =
      "user,item,time\n1,1,2024-01-01\n1,2,1704067201\n1,3,1704067202000\n1,4,01/01/2024 00:00:03\n2,1,1 Jan 2024\n";
  const auto out = prepare_files("", events, "time_unit = \"auto\"\ndate_order = \"day_first\"\n");
  EXPECT_THAT(out.dataset.interactions.time,
              ElementsAre(1704067200000, 1704067201000, 1704067202000, 1704067203000, 1704067200000));
  const auto doubtful = prepare_files("", events + "2,2,03/04/2024\n", "time_unit = \"auto\"\n");
  EXPECT_THAT(read_file(doubtful.rejected_path), HasSubstr("has two readings"));
}

}  // namespace
}  // namespace genre
