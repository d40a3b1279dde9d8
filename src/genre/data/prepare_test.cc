#include "genre/data/prepare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/random.h"
#include "genre/config/fields.h"
#include "genre/config/schema.h"
#include "genre/data/data_toml_test.h"
#include "genre/data/temporary_folder.h"

namespace genre {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path& kPrepareFolder = temporary_folder().path();
const fs::path kRejected = kPrepareFolder / "rejected.csv";

void write_file(const std::string& name, const std::string& text) { temporary_folder().write(name, text); }

PrepareResult prepare_toml(const std::string& toml, std::uint64_t seed = 7) {
  return prepare(data_options(toml), kPrepareFolder, seed, kRejected);
}

Error error_of(const std::string& toml) {
  try {
    prepare_toml(toml);
  } catch (const Error& e) {
    return e;
  }
  return {ErrorCode::kRuntime, "no error"};
}

// "user item value time type part" of each interaction.
std::vector<std::string> shown(const Dataset& dataset) {
  std::vector<std::string> out;
  const Interactions& all = dataset.interactions;
  for (std::int64_t i = 0; i < all.size(); ++i) {
    out.push_back(dataset.users.external(all.user[i]) + " " + dataset.items.external(all.item[i]) + " " +
                  std::to_string(static_cast<int>(all.value[i])) + " " + std::to_string(all.time[i]) + " " +
                  dataset.types[all.type[i]] + " " + std::to_string(all.part[i]));
  }
  return out;
}

constexpr const char* kSource = "[[data.interactions]]\npath = \"events.csv\"\n";
constexpr const char* kAllTrain = "[data.split]\nkind = \"none\"\n";

TEST(Prepare, NumbersIdsByBytesAndSortsByUserTimeRow) {
  write_file("events.csv",
             "user,item,value,time,type\nb,10,1,5,view\na,9,2,7,rating\na,999999999999,3,2,rating\nb,9,1,5,click\n");
  const Dataset dataset = prepare_toml(std::string(kSource) + kAllTrain).dataset;
  EXPECT_THAT(shown(dataset), ElementsAre("a 999999999999 3 2000 rating 0", "a 9 2 7000 rating 0", "b 10 1 5000 view 0",
                                          "b 9 1 5000 click 0"));
  EXPECT_THAT(dataset.items.all(), ElementsAre("10", "9", "999999999999"));
  EXPECT_THAT(dataset.types, ElementsAre("click", "rating", "view"));
  EXPECT_TRUE(dataset.has_time);
}

TEST(Prepare, BadRowsAreRejectedWithTheirReason) {
  write_file(
      "events.csv",
      "user,item,value,time,type\n1,1,1,1,rating\n2,2,2,2,rating\n,2,2,2,rating\n1,,2,2,rating\n1,2,x,2,rating\n1,2,"
      "nan,2,rating\n"
      "1,2,-inf,2,rating\n1,2,1e99,2,rating\n1,2,2,yesterday,rating\n1,2,2,,rating\n1,2,,2,rating\n1," +
          std::string(257, 'x') +
          ",2,2,rating\n1,\xE9,2,2,rating\n1,2,2,2,ratng\n1,2,99,2,rating\n1\n1,2,\"2\",3,rating\n");
  const auto result =
      prepare_toml(std::string(kSource) + kAllTrain + "[data.clean]\nmaximum_rejected = 1\nmaximum_value = 5\n");
  EXPECT_EQ(result.dataset.interactions.size(), 3);
  EXPECT_EQ(result.dataset.rejected, 14);
  EXPECT_EQ(result.rejected_path, kRejected);
  ASSERT_GE(result.dataset.cleaning.size(), 2u);
  EXPECT_EQ(result.dataset.cleaning[0].rule, "invalid");
  EXPECT_EQ(result.dataset.cleaning[0].rows_in, 17);
  EXPECT_EQ(result.dataset.cleaning[0].rows_out, 4);
  EXPECT_EQ(result.dataset.cleaning[1].rule, "range");
  EXPECT_EQ(result.dataset.cleaning[1].rows_out, 3);
  const std::string rejected = read_file(kRejected);
  for (const auto* const expected :
       {"file,row,reason,content\n", "events.csv\",4,\"user is missing\",\",2,2,2,rating\"\n", "5,\"item is missing\"",
        "6,\"value 'x' is not a number\"", "7,\"value 'nan' is not finite\"", "8,\"value '-inf' is not finite\"",
        "9,\"value '1e99' is not finite\"", "10,\"time 'yesterday' cannot be read\"", "11,\"time is missing\"",
        "12,\"value is missing\"", "13,\"item is 257 bytes long, at most 256 are allowed\"",
        "14,\"item is not UTF-8\",\"1,\\xE9,2,2,rating\"",
        "15,\"event type 'ratng' is not known: did you mean 'rating'?\"", "16,\"value 99 is out of range\"",
        "17,\"1 cells, wanted 2\""}) {
    EXPECT_THAT(rejected, HasSubstr(expected));
  }
}

TEST(Prepare, AnOldRejectedFileGoesWhenNothingIsRejected) {
  write_file("events.csv", "user,item\n1,1\n2,2\n");
  write_file("rejected.csv", "old");
  EXPECT_EQ(prepare_toml(std::string(kSource) + kAllTrain).rejected_path, "");
  EXPECT_FALSE(fs::exists(kRejected));
}

TEST(Prepare, TooManyBadRowsFailAndAreListed) {
  write_file("events.csv", "user,item,value\n1,1,x\n2,2,y\n3,3,3\n");
  const Error e = error_of(std::string(kSource) + kAllTrain + "[data.clean]\nmaximum_rejected = 0.5\n");
  EXPECT_EQ(e.code(), ErrorCode::kData);
  EXPECT_THAT(e.message(), HasSubstr("2 of 3 rows cannot be used; the first: value 'x' is not a number"));
  EXPECT_THAT(e.hint(), HasSubstr("rejected.csv"));
  EXPECT_EQ(e.place().line, 2);
  EXPECT_THAT(read_file(kRejected), HasSubstr("value 'y' is not a number"));
}

TEST(Prepare, CleaningStepsFollowOneAnother) {
  write_file("events.csv", "user,item,value,time\n1,1,1,1\n1,1,9,2\n1,2,3,3\n2,1,3,4\n2,2,3,5\n3,3,3,6\nx,1,50,6\n");
  const Dataset dataset = prepare_toml(std::string(kSource) + kAllTrain +
                                       "[data.clean]\nmaximum_value = 10\nk_core = { user = 2, item = 2 }\n")
                              .dataset;
  std::vector<std::string> steps;
  for (const auto& step : dataset.cleaning)
    steps.push_back(step.rule + " " + std::to_string(step.rows_in) + " " + std::to_string(step.rows_out));
  EXPECT_THAT(steps, ElementsAre("invalid 7 7", "range 7 6", "duplicates 6 5", "k_core 5 4"));
  EXPECT_THAT(shown(dataset),
              ElementsAre("1 1 9 2000 view 0", "1 2 3 3000 view 0", "2 1 3 4000 view 0", "2 2 3 5000 view 0"));
  EXPECT_THAT(dataset.items.all(), ElementsAre("1", "2"));
}

TEST(Prepare, WeightsAndPositivesComeFromTheEventType) {
  write_file("events.csv", "user,item,value,time,type\n1,1,5,1,rating\n1,2,3,2,rating\n2,1,,3,view\n2,2,2,4,watch\n");
  const Dataset dataset = prepare_toml(std::string(kSource) + kAllTrain +
                                       "[data.events.rating]\nweight = 2\npositive = \"value >= "
                                       "4\"\n[data.events.watch]\nweight = 10\n[data.events.view]\nweight = 0.5\n")
                              .dataset;
  EXPECT_EQ(dataset.interactions.weight, (std::vector<float>{10, 6, 0.5, 20}));
  EXPECT_EQ(dataset.interactions.positive, (std::vector<std::uint8_t>{1, 0, 1, 1}));
}

TEST(Prepare, LatestReplacesEarlierEventsOfThePair) {
  write_file("events.csv",
             "user,item,value,time,type\n1,1,5,1,rating\n1,1,2,2,rating\n1,2,1,1,view\n1,2,1,2,view\n2,2,4,1,rating\n");
  const Dataset dataset =
      prepare_toml(std::string(kSource) + kAllTrain +
                   "[data.clean]\nduplicates = \"keep\"\n[data.events.rating]\npositive = \"value >= 4\"\n")
          .dataset;
  const CsrMatrix matrix = dataset.matrix(kTrainPart, false);
  EXPECT_EQ(matrix.nonzeros(), 2);                       // the pair (1, 1) is liked no more
  EXPECT_EQ(matrix.values, (std::vector<float>{2, 4}));  // two views add up
  EXPECT_EQ(dataset.seen(kTrainPart).nonzeros(), 3);
}

TEST(Prepare, ItemsOfEveryPartAndItemFileAreInTheCatalogue) {
  write_file("train.txt", "u1 a b\nu2 b c\n");
  write_file("test.txt", "u1 d\nu3 a\n");
  write_file("items.csv", "id,title,year\na,Alpha,1990\nz,Zeta,\n,none,\n");
  write_file("more.jsonl", "{\"item\":\"a\",\"title\":\"Alpha 2\",\"tags\":[\"x\",\"y\"]}\n{\"item\":\"q\"}\n");
  write_file("users.csv", "id,age\nu1,30\nu9,50\n");
  const auto result = prepare_toml(R"([[data.interactions]]
path = "train.txt"
format = "lists"
part = "train"
[[data.interactions]]
path = "test.txt"
format = "lists"
part = "test"
[[data.items]]
path = "items.csv"
[[data.items]]
path = "more.jsonl"
format = "jsonl"
columns = { id = "item", title = "title", tags = "tags" }
[[data.users]]
path = "users.csv"
[data.split]
kind = "files"
)");
  const Dataset& dataset = result.dataset;
  EXPECT_THAT(dataset.items.all(), ElementsAre("a", "b", "c", "d", "q", "z"));
  EXPECT_THAT(dataset.users.all(), ElementsAre("u1", "u2", "u3"));
  EXPECT_THAT(shown(dataset), ElementsAre("u1 a 1 0 view 0", "u1 b 1 1 view 0", "u1 d 1 2 view 2", "u2 b 1 0 view 0",
                                          "u2 c 1 1 view 0", "u3 a 1 0 view 2"));
  EXPECT_EQ(dataset.item_fields.get("title", 0), "Alpha 2");
  EXPECT_EQ(dataset.item_fields.get("year", 0), "1990");
  EXPECT_EQ(dataset.item_fields.get("tags", 0), "x, y");
  EXPECT_EQ(dataset.item_fields.get("title", 5), "Zeta");
  EXPECT_EQ(dataset.item_fields.get("title", 1), "");
  EXPECT_EQ(dataset.item_fields.get("nothing", 1), "");
  EXPECT_EQ(dataset.user_fields.get("age", 0), "30");
  EXPECT_FALSE(dataset.has_time);
  EXPECT_EQ(dataset.rejected, 1);
}

TEST(Prepare, ThePartOfAnEventIsNoDuplicateOfAnother) {
  write_file("train.txt", "u1 a b a\nu2 a b\n");
  write_file("test.txt", "u1 a\n");
  const Dataset dataset = prepare_toml(
                              "[[data.interactions]]\npath = \"train.txt\"\nformat = \"lists\"\npart = "
                              "\"train\"\n[[data.interactions]]\npath = \"test.txt\"\nformat = "
                              "\"lists\"\npart = \"test\"\n[data.split]\nkind = \"files\"\n")
                              .dataset;
  EXPECT_EQ(dataset.interactions.size(), 5);
}

TEST(Prepare, TimesAreReadAsDeclared) {
  write_file("a.csv", "user,item,time\n1,1,2024-01-01T00:00:00Z\n2,2,2024-01-01T01:00:00+01:00\n");
  const std::string toml = "[[data.interactions]]\npath = \"a.csv\"\ntime_unit = \"rfc3339\"\n";
  EXPECT_EQ(prepare_toml(toml + kAllTrain).dataset.interactions.time,
            (std::vector<std::int64_t>{1704067200000, 1704067200000}));
  write_file("b.csv", "user,item,time\n1,1,1704067200000\n2,2,1704067200000\n");
  EXPECT_EQ(
      prepare_toml("[[data.interactions]]\npath = \"b.csv\"\ntime_unit = \"milliseconds\"\n" + std::string(kAllTrain))
          .dataset.interactions.time,
      (std::vector<std::int64_t>{1704067200000, 1704067200000}));
  EXPECT_EQ(error_of("[[data.interactions]]\npath = \"absent.csv\"\n" + std::string(kAllTrain)).code(),
            ErrorCode::kNotFound);
  write_file("c.csv", "user,item\n1,1\n2,2\n");
  EXPECT_THAT(error_of("[[data.interactions]]\npath = \"a.csv\"\n[[data.interactions]]\npath = \"c.csv\"\n" +
                       std::string(kAllTrain))
                  .message(),
              HasSubstr("time column"));
}

TEST(Prepare, SplitsByOrderWantTimes) {
  write_file("events.csv", "user,item\n1,1\n1,2\n2,1\n2,2\n");
  write_file("lists.txt", "1 1 2 3\n2 1 2 4\n");
  for (const auto* const kind : {"temporal", "leave_one_out"}) {
    const Error e = error_of(std::string(kSource) + "[data.split]\nkind = \"" + kind + "\"\n");
    EXPECT_EQ(e.code(), ErrorCode::kConfig);
    EXPECT_EQ(e.place().key, "data.split.kind");
  }
  const std::string lists = "[[data.interactions]]\npath = \"lists.txt\"\nformat = \"lists\"\n[data.split]\nkind = ";
  EXPECT_EQ(error_of(lists + "\"temporal\"\n").code(), ErrorCode::kConfig);
  EXPECT_EQ(prepare_toml(lists + "\"leave_one_out\"\n").dataset.interactions.part,
            (std::vector<std::uint8_t>{0, 1, 2, 0, 1, 2}));
}

TEST(Prepare, ConfigurationMistakesAreNamed) {
  write_file("events.csv", "user,item\n1,1\n2,2\n");
  EXPECT_EQ(error_of("[data]\nname = \"x\"\n").code(), ErrorCode::kConfig);
  EXPECT_THAT(error_of(std::string(kSource) + "type = \"vieww\"\n" + kAllTrain).hint(), HasSubstr("view"));
  EXPECT_THAT(error_of(std::string(kSource) + "columns = { usr = 0 }\n" + kAllTrain).hint(), HasSubstr("user"));
  EXPECT_THAT(error_of(std::string(kSource) + "part = \"train\"\n" + kAllTrain).message(), HasSubstr("train part"));
  EXPECT_THAT(error_of(std::string(kSource) + "[data.split]\nkind = \"files\"\n").message(), HasSubstr("no part"));
  EXPECT_EQ(error_of(std::string(kSource) + "delimiter = \"\"\n" + kAllTrain).code(), ErrorCode::kConfig);
  EXPECT_THAT(
      error_of(std::string(kSource) + kAllTrain + "[data.events.rating]\npositive = \"stars > 3\"\n").place().key,
      HasSubstr("data.events.rating"));
  EXPECT_EQ(error_of(std::string(kSource) + "[data.split]\nratio = [0.5, 0.1, 0.1]\n").place().key, "data.split.ratio");
}

TEST(Prepare, TooLittleDataIsTold) {
  write_file("events.csv", "user,item\n1,1\n1,2\n");
  EXPECT_THAT(error_of(std::string(kSource) + kAllTrain).message(), HasSubstr("1 users and 2 items"));
  write_file("events.csv", "user,item\n");
  EXPECT_THAT(error_of(std::string(kSource) + kAllTrain).message(), HasSubstr("no interactions are left"));
  write_file("events.csv", "user,item\n1,1\n2,2\n");
  EXPECT_THAT(error_of(std::string(kSource) + kAllTrain + "[data.clean]\nk_core = { user = 5 }\n").message(),
              HasSubstr("k_core 2 -> 0"));
}

TEST(Prepare, SameSeedSameDataset) {
  RandomStream random(4, "rows");
  std::string text = "user,item,time\n";
  for (int i = 0; i < 3000; ++i)
    text += std::to_string(random.below(100)) + "," + std::to_string(random.below(200)) + "," +
            std::to_string(random.below(50)) + "\n";
  write_file("events.csv", text);
  for (const auto* const kind :
       {"temporal", "user_ratio", "leave_one_out", "strong", "cold_item", "cold_user", "k_fold"}) {
    const std::string toml = std::string(kSource) + "[data.split]\nkind = \"" + kind + "\"\n";
    Dataset a = prepare_toml(toml).dataset, b = prepare_toml(toml).dataset;
    save_dataset(a, kPrepareFolder / "a");
    save_dataset(b, kPrepareFolder / "b");
    EXPECT_EQ(a.fingerprint, b.fingerprint) << kind;
  }
}

// The order of rows decides between events of one user at one time, and nothing else.
TEST(Prepare, PermutedRowsGiveTheSameDataset) {
  RandomStream random(14, "permuted");
  struct Line {
    std::string text;
    std::uint64_t user, time;
  };
  std::vector<Line> lines;
  const std::vector<std::string> types = {"view", "rating", "click"};
  for (int i = 0; i < 1500; ++i) {
    const auto user = random.below(60), time = random.below(300);
    lines.push_back({std::to_string(user) + "," + std::to_string(random.below(80)) + "," +
                         std::to_string(1 + random.below(5)) + "," + std::to_string(time) + "," +
                         types[random.below(3)] + "\n",
                     user, time});
  }
  const auto write = [&] {
    std::string text = "user,item,value,time,type\n";
    for (const auto& line : lines) text += line.text;
    write_file("events.csv", text);
    std::vector<int> order(80);
    std::iota(order.begin(), order.end(), 0);
    random.shuffle(std::span(order));
    text = "id,title\n";
    for (const int item : order) text += std::to_string(item) + ",Thing of kind " + std::to_string(item / 2) + "\n";
    write_file("items.csv", text);
  };
  const std::string clean =
      "[[data.items]]\npath = \"items.csv\"\n[data.clean]\noutliers = 3.5\nk_core = { user = 5, item = 5 }\n"
      "rate = { events = 40, minutes = 5 }\nnear_duplicates = { by = [\"title\"] }\n";
  for (const auto* const kind :
       {"temporal", "user_ratio", "leave_one_out", "strong", "cold_item", "cold_user", "k_fold"}) {
    for (const auto* const mode : {"last", "first", "sum", "max", "keep"}) {
      const std::string toml =
          std::string(kSource) + clean + "duplicates = \"" + mode + "\"\n[data.split]\nkind = \"" + kind + "\"\n";
      write();
      Dataset a = prepare_toml(toml).dataset;
      // A random permutation that leaves the order of what a user did at one time.
      auto shuffled = lines;
      random.shuffle(std::span(shuffled));
      std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<std::string>> moments;
      for (auto line = lines.rbegin(); line != lines.rend(); ++line)
        moments[{line->user, line->time}].push_back(line->text);
      for (auto& line : shuffled) {
        auto& left = moments[{line.user, line.time}];
        line.text = left.back();
        left.pop_back();
      }
      lines = shuffled;
      write();
      Dataset b = prepare_toml(toml).dataset;
      save_dataset(a, kPrepareFolder / "a");
      save_dataset(b, kPrepareFolder / "b");
      EXPECT_EQ(a.fingerprint, b.fingerprint) << kind << " " << mode;
    }
  }
}

TEST(Prepare, RandomBytesGiveADatasetOrAnError) {
  RandomStream random(6, "fuzz");
  for (int round = 0; round < 200; ++round) {
    std::string text = "user,item,value,time\n1,1,1,1\n2,2,2,2\n";
    for (int i = 0; i < 200; ++i) {
      const auto pick = random.below(8);
      text += pick == 0   ? ','
              : pick == 1 ? '\n'
              : pick < 6  ? static_cast<char>('0' + random.below(10))
                          : static_cast<char>(random.below(256));
    }
    std::ofstream(kPrepareFolder / "events.csv", std::ios::binary) << text;
    const Dataset dataset =
        prepare(data_options(std::string(kSource) + kAllTrain + "[data.clean]\nmaximum_rejected = 1\n"), kPrepareFolder,
                7, {})
            .dataset;
    EXPECT_GE(dataset.interactions.size(), 2);
    EXPECT_EQ(dataset.cleaning[0].rows_in - dataset.cleaning[0].rows_out, dataset.rejected);
  }
}

TEST(DataOptions, EveryFieldIsDocumentedAndPathsAreOutsideTheDigest) {
  DataOptions a = data_options(kSource), b = data_options("[[data.interactions]]\npath = \"elsewhere.csv\"\n");
  config::Fields f, g;
  a.fields(f);
  b.fields(g);
  const std::function<void(const config::Fields&)> check = [&](const config::Fields& fields) {
    for (const auto& field : fields.all()) {
      EXPECT_FALSE(field.doc.empty()) << field.name;
      for (const auto& nested : {field.children, field.element_children}) {
        if (!nested || field.name == "k_core" || field.name == "at_least") continue;
        config::Fields inner;
        nested(inner);
        check(inner);
      }
    }
  };
  check(f);
  EXPECT_EQ(config::to_json(f.digest_values()), config::to_json(g.digest_values()));
  EXPECT_EQ(a.events.size(), 6u);
}

}  // namespace
}  // namespace genre
