// Public datasets in their own files; each test is skipped where the folder of shared data is absent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>

#include "genre/config/fields.h"
#include "genre/config/toml.h"
#include "genre/data/item_text.h"
#include "genre/data/prepare.h"

namespace genre {
namespace {

namespace fs = std::filesystem;

class RealData : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::is_directory(GENRE_SHARED_DATA))
      GTEST_SKIP() << "the folder of shared data is absent: " << GENRE_SHARED_DATA;
  }

  static Dataset prepared(const std::string& folder, const std::string& toml) {
    DataOptions options;
    config::Fields f;
    f.table("data", options, "");
    std::vector<config::Fault> faults;
    f.load(config::parse_toml(toml, "test.toml"), "", faults);
    for (const auto& fault : faults) ADD_FAILURE() << fault.message;
    return prepare(options, fs::path(GENRE_SHARED_DATA) / folder, 7, {}).dataset;
  }

  static std::int64_t count(const Dataset& dataset, Part part) {
    return std::count(dataset.interactions.part.begin(), dataset.interactions.part.end(),
                      static_cast<std::uint8_t>(part));
  }
};

TEST_F(RealData, MovieLens100K) {
  const Dataset dataset = prepared("ml-100k", R"([[data.interactions]]
path = "u.data"
delimiter = "\t"
header = false
columns = { user = 0, item = 1, value = 2, time = 3 }
type = "rating"
[[data.items]]
path = "u.item"
delimiter = "|"
header = false
encoding = "latin-1"
columns = { id = 0, title = 1, released = 2 }
[[data.users]]
path = "u.user"
delimiter = "|"
header = false
columns = { id = 0, age = 1, gender = 2, occupation = 3 }
[data.events.rating]
positive = "value >= 4"
)");
  EXPECT_EQ(dataset.interactions.size(), 100000);
  EXPECT_EQ(dataset.users.size(), 943);
  EXPECT_EQ(dataset.items.size(), 1682);
  EXPECT_EQ(dataset.rejected, 0);
  EXPECT_EQ(count(dataset, Part::kTrain), 80000);
  EXPECT_EQ(count(dataset, Part::kValid), 10000);
  EXPECT_EQ(count(dataset, Part::kTest), 10000);
  EXPECT_EQ(dataset.matrix(kTrainPart | kValidPart | kTestPart, true).nonzeros(), 55375);  // ratings of 4 and 5
  EXPECT_EQ(dataset.item_fields.get("title", *dataset.items.find("1")), "Toy Story (1995)");
  EXPECT_EQ(dataset.user_fields.get("occupation", *dataset.users.find("1")), "technician");
  EXPECT_EQ(item_texts(dataset, TextTemplate("{title} [{released}]"))[*dataset.items.find("1")],
            "Toy Story (1995) [01-Jan-1995]");
}

TEST_F(RealData, MovieLens1MFiveStarLists) {
  const Dataset dataset = prepared("ml-1m", R"([[data.interactions]]
path = "fivestar/train_users.dat"
format = "lists"
part = "train"
[[data.interactions]]
path = "fivestar/test_users.dat"
format = "lists"
part = "test"
[data.split]
kind = "files"
)");
  EXPECT_EQ(dataset.users.size(), 6014);
  EXPECT_EQ(dataset.items.size(), 3232);  // of the numbers 0 to 3704, those that occur
  EXPECT_EQ(count(dataset, Part::kTrain), 179207);
  EXPECT_EQ(count(dataset, Part::kTest), 47103);
  EXPECT_FALSE(dataset.has_time);
}

TEST_F(RealData, MovieLens1MFilmsCutAtTwoColons) {
  const Dataset dataset = prepared("ml-1m", R"([[data.interactions]]
path = "chrono_ge3.txt"
format = "lists"
[[data.items]]
path = "movies.dat"
delimiter = "::"
header = false
encoding = "latin-1"
columns = { id = 0, title = 1, genres = 2 }
[[data.items]]
path = "movies_extrainfos.dat.gz"
delimiter = "::"
header = false
encoding = "latin-1"
columns = { id = 0, plot = 9 }
[data.split]
kind = "leave_one_out"
)");
  EXPECT_EQ(dataset.users.size(), 6038);
  EXPECT_EQ(dataset.interactions.size(), 835789);
  EXPECT_EQ(count(dataset, Part::kTest), 6038);
  EXPECT_EQ(dataset.item_fields.get("title", *dataset.items.find("73")), "Mis\xC3\xA9rables, Les (1995)");
  EXPECT_EQ(dataset.item_fields.get("genres", *dataset.items.find("1")), "Animation|Children's|Comedy");
}

TEST_F(RealData, AmazonBeautySequencesAndQuotedTitles) {
  const Dataset dataset = prepared("amazon-beauty", R"([[data.interactions]]
path = "sequences.txt"
format = "lists"
[[data.items]]
path = "item_list.txt"
delimiter = " "
columns = { id = "remap_id", title = "title" }
[data.clean]
duplicates = "keep"
[data.split]
kind = "leave_one_out"
)");
  EXPECT_EQ(dataset.users.size(), 22363);
  EXPECT_EQ(dataset.items.size(), 12101);
  EXPECT_EQ(dataset.interactions.size(), 198502);
  EXPECT_EQ(dataset.rejected, 0);
  EXPECT_EQ(dataset.item_fields.get("title", *dataset.items.find("0")),
            "OPI Nail Lacquer, Simmer and Shimmer, 0.5-Fluid Ounce");
}

TEST_F(RealData, FilmTrustIsCutAtSpaces) {
  const Dataset dataset = prepared("filmtrust", R"([[data.interactions]]
path = "ratings.txt"
delimiter = " "
header = false
columns = { user = 0, item = 1, value = 2 }
type = "rating"
[data.split]
kind = "user_ratio"
[data.clean]
duplicates = "keep"
)");
  EXPECT_EQ(dataset.users.size(), 1508);
  EXPECT_EQ(dataset.items.size(), 2071);
  EXPECT_EQ(dataset.interactions.size(), 35497);
}

TEST_F(RealData, ClicksOfNews) {
  const Dataset dataset = prepared("mind-piece", R"([[data.interactions]]
path = "behaviors.tsv"
format = "mind"
time_unit = "auto"
date_order = "month_first"
type = "click"
[[data.items]]
path = "news.tsv"
delimiter = "\t"
header = false
columns = { id = 0, category = 1, title = 3 }
)");
  EXPECT_EQ(dataset.rejected, 0);
  EXPECT_TRUE(dataset.has_time);
  EXPECT_GE(dataset.cleaning.front().rows_in, 5000);  // impressions, each with a click or more
  for (const auto time : dataset.interactions.time) {
    EXPECT_GE(time, 1573257600000);  // 9 to 15 November 2019, the weeks that MIND-small covers
    EXPECT_LT(time, 1573862400000);
  }
}

TEST_F(RealData, MillionRatingsWithTenCore) {
  const auto start = std::chrono::steady_clock::now();
  const Dataset dataset = prepared("ml-1m", R"([[data.interactions]]
path = "ratings_no_ts.csv.gz"
columns = { user = "user_id", item = "movie_id", value = "rating" }
type = "rating"
[data.clean]
k_core = { user = 10, item = 10 }
[data.split]
kind = "user_ratio"
)");
  RecordProperty("seconds",
                 std::to_string(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()));
  EXPECT_EQ(dataset.cleaning.front().rows_in, 1000209);
  EXPECT_EQ(dataset.users.size(), 6040);
  EXPECT_EQ(dataset.items.size(), 3260);
  EXPECT_EQ(dataset.interactions.size(), 998539);
  EXPECT_NEAR(static_cast<double>(count(dataset, Part::kTest)), 99853.9, 500);
}

}  // namespace
}  // namespace genre
