#include "genre/data/export.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/safetensors.h"
#include "genre/data/data_toml_test.h"
#include "genre/data/parquet_writer.h"
#include "genre/data/prepare.h"
#include "genre/data/source_rows.h"
#include "genre/data/sparse_npz.h"
#include "genre/data/temporary_folder.h"

namespace genre {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path& kExportFolder = temporary_folder().path();

fs::path fresh(const std::string& name) {
  fs::remove_all(kExportFolder / name);
  fs::create_directories(kExportFolder / name);
  return kExportFolder / name;
}

Dataset prepared(const std::string& more = "") {
  temporary_folder().write(
      "export.csv",
      "user,item,value,time,type\nann,i1,5,100,rating\nann,i2,2,200,rating\nbob,i1,4,50,rating\nbob,i3,1,60,view\n"
      "bob,i2,5,70,rating\ncyd,i3,3,1,rating\n");
  temporary_folder().write("export_items.csv", "id,title,tags\ni1,\"One, \"\"the\"\" first\",a\ni2,Two,\ni3,Three,b\n");
  return prepare(
             data_options("[[data.interactions]]\npath = \"export.csv\"\n[[data.items]]\npath = "
                          "\"export_items.csv\"\n[data.events.rating]\npositive = \"value >= 4\"\n[data.split]\nkind "
                          "= \"leave_one_out\"\n" +
                          more),
             kExportFolder, 7, {})
      .dataset;
}

TEST(ExportParquet, GenreReadsBackWhatItWrote) {
  const Dataset before = prepared();
  const fs::path folder = fresh("parquet");
  export_parquet(before, folder);
  const Dataset after =
      prepare(data_options("[[data.interactions]]\npath = \"parquet/interactions\"\nformat = \"parquet\"\ntime_unit = "
                           "\"rfc3339\"\n[[data.items]]\npath = \"parquet/items\"\nformat = \"parquet\"\n[data.split]\n"
                           "kind = \"leave_one_out\"\n[data.events.rating]\npositive = \"value >= 4\"\n"),
              kExportFolder, 7, {})
          .dataset;
  EXPECT_EQ(after.interactions.user, before.interactions.user);
  EXPECT_EQ(after.interactions.item, before.interactions.item);
  EXPECT_EQ(after.interactions.time, before.interactions.time);
  EXPECT_EQ(after.interactions.value, before.interactions.value);
  EXPECT_EQ(after.interactions.positive, before.interactions.positive);
  EXPECT_EQ(after.interactions.part, before.interactions.part);
  EXPECT_EQ(after.item_fields.fields, before.item_fields.fields);
}

TEST(ParquetWriter, ManyRowsAreCutIntoParts) {
  const fs::path folder = fresh("it's parts");
  ParquetWriter out(folder, {{"user", ParquetColumn::Type::kInteger}, {"item", ParquetColumn::Type::kText}}, 1000);
  for (int i = 0; i < 2500; ++i) {
    out.integer(i);
    i % 7 == 0 ? out.null() : out.text(std::to_string(i));
    out.end_row();
  }
  out.finish();
  SourceOptions options;
  options.format = "parquet";
  options.path = folder.string();
  const auto files = source_files(options, "/");
  ASSERT_EQ(files.size(), 3u);
  int next = 0;
  for (const auto& file : files)
    read_rows(file, options, {{{"user", {std::nullopt, "user"}}, {"item", {std::nullopt, "item"}}}, false},
              [&](const SourceRow& row) {
                EXPECT_EQ(*row.cells[0], std::to_string(next));
                EXPECT_EQ(row.cells[1].has_value(), next % 7 != 0);
                ++next;
              });
  EXPECT_EQ(next, 2500);
}

// The bytes of one file of the archive, by its local header.
std::string stored(const std::string& zip, const std::string& name) {
  const std::size_t at = zip.find(name) - 30;
  std::uint32_t size = 0;
  std::memcpy(&size, zip.data() + at + 18, 4);
  return zip.substr(at + 30 + name.size(), size);
}

template <class T>
std::vector<T> array_of(const std::string& npy) {
  std::uint16_t header = 0;
  std::memcpy(&header, npy.data() + 8, 2);
  EXPECT_EQ((10 + header) % 64, 0);
  std::vector<T> out((npy.size() - 10 - header) / sizeof(T));
  std::memcpy(out.data(), npy.data() + 10 + header, out.size() * sizeof(T));
  return out;
}

TEST(ExportNpz, HoldsTheArraysOfTheMatrix) {
  const Dataset dataset = prepared();
  const fs::path folder = fresh("npz");
  export_npz(dataset, folder);
  const std::string zip = read_file(folder / "train.npz");
  const CsrMatrix expected = dataset.matrix(kTrainPart, false);
  EXPECT_EQ(array_of<std::int32_t>(stored(zip, "indices.npy")), expected.indices);
  EXPECT_EQ(array_of<std::int64_t>(stored(zip, "indptr.npy")), expected.offsets);
  EXPECT_EQ(array_of<float>(stored(zip, "data.npy")), expected.values);
  EXPECT_THAT(array_of<std::int64_t>(stored(zip, "shape.npy")), ElementsAre(3, 3));
  EXPECT_THAT(stored(zip, "format.npy"), testing::EndsWith("csr"));
  EXPECT_EQ(read_file(folder / "users.txt"), "ann\nbob\ncyd\n");
  EXPECT_GT(expected.nonzeros(), 0);
}

TEST(ExportSafetensors, HoldsTheMatrixOfEachPart) {
  Dataset dataset = prepared();
  std::replace(dataset.interactions.part.begin(), dataset.interactions.part.end(), 1, 0);  // an empty matrix is kept
  const fs::path folder = fresh("safetensors");
  export_safetensors(dataset, folder);
  for (const unsigned part : {0u, 1u, 2u}) {
    const SafetensorsFile file(folder / (std::string(kPartNames[part]) + ".safetensors"));
    const CsrMatrix expected = dataset.matrix(1u << part, false);
    EXPECT_THAT(file.values<std::int64_t>("indptr", {4}), testing::ElementsAreArray(expected.offsets));
    EXPECT_THAT(file.values<std::int32_t>("indices"), testing::ElementsAreArray(expected.indices));
    EXPECT_THAT(file.values<float>("data"), testing::ElementsAreArray(expected.values));
    EXPECT_THAT(file.values<std::int64_t>("shape"), ElementsAre(3, 3));
    EXPECT_EQ(file.tensors().size(), 4u);
  }
  EXPECT_GT(dataset.matrix(kTrainPart, false).nonzeros(), 0);
  EXPECT_EQ(read_file(folder / "users.txt"), "ann\nbob\ncyd\n");
  EXPECT_EQ(read_file(folder / "items.txt"), "i1\ni2\ni3\n");
}

TEST(ExportLists, AreInTimeOrderAndReadBack) {
  const Dataset dataset = prepared();
  const fs::path folder = fresh("lists");
  export_lists(dataset, folder);
  EXPECT_EQ(read_file(folder / "train.txt"), "ann i1\nbob i1\ncyd i3\n");
  EXPECT_EQ(read_file(folder / "valid.txt"), "bob i3\n");
  EXPECT_EQ(read_file(folder / "test.txt"), "ann i2\nbob i2\n");
  temporary_folder().write("blank.csv", "user,item,time\na b,1,1\nc,2,2\n");
  const Dataset blank =
      prepare(data_options("[[data.interactions]]\npath = \"blank.csv\"\n[data.split]\nkind = \"none\"\n"),
              kExportFolder, 7, {})
          .dataset;
  EXPECT_THROW(export_lists(blank, folder), Error);
}

TEST(ExportTrec, JudgementsAreThePositivePairsOfEachPart) {
  const fs::path folder = fresh("trec");
  export_trec(prepared(), folder);
  EXPECT_EQ(read_file(folder / "train.qrels"), "ann 0 i1 1\nbob 0 i1 1\n");
  EXPECT_EQ(read_file(folder / "test.qrels"), "bob 0 i2 1\n");
}

TEST(ExportText, JsonLinesAndParquetSayTheSame) {
  const Dataset dataset = prepared();
  const std::vector<std::string> texts = {"One", "Two", ""};
  const fs::path folder = fresh("text");
  TextExportOptions options;
  options.parts = kTrainPart | kValidPart;
  options.targets = kTestPart;
  EXPECT_EQ(export_text(dataset, texts, options, folder), 2);  // cyd's one item has no text
  std::vector<nlohmann::json> lines;
  std::istringstream in(read_file(folder / "histories.jsonl"));
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], nlohmann::json::parse(
                          R"({"user": "ann", "text": "rated 5: One", "items": ["i1"], "words": 3, "targets": []})"));
  EXPECT_EQ(lines[1]["targets"], nlohmann::json::array({"i2"}));
  SourceOptions source;
  source.format = "parquet";
  std::size_t row = 0;
  read_rows(folder / "histories" / "part-00000.parquet", source,
            {{{"user", {std::nullopt, "user"}},
              {"text", {std::nullopt, "text"}},
              {"items", {std::nullopt, "items"}},
              {"targets", {std::nullopt, "targets"}}},
             false},
            [&](const SourceRow& cells) {
              EXPECT_EQ(*cells.cells[0], lines[row]["user"].get<std::string>());
              EXPECT_EQ(*cells.cells[1], lines[row]["text"].get<std::string>());
              EXPECT_EQ(cells.cells[3].value_or(""), row == 0 ? "" : "i2");  // an empty list is no cell
              ++row;
            });
  EXPECT_EQ(row, 2u);
}

TEST(ExportText, TokensAreSaidWhereTheyAreBounded) {
  const Dataset dataset = prepared();
  const std::vector<std::string> texts = {"One", "Two", "Three"};
  const fs::path folder = fresh("tokens");
  TextExportOptions options;
  options.parts = kTrainPart | kValidPart | kTestPart;
  options.history.maximum_tokens = 20;
  options.history.count_tokens = [](std::string_view text) { return std::ssize(text); };
  EXPECT_EQ(export_text(dataset, texts, options, folder), 3);
  std::vector<std::string> tokens;
  std::istringstream in(read_file(folder / "histories.jsonl"));
  for (std::string line; std::getline(in, line);) {
    const auto row = nlohmann::json::parse(line);
    EXPECT_EQ(row["tokens"], row["text"].get<std::string>().size());
    tokens.push_back(row["tokens"].dump());
  }
  EXPECT_THAT(tokens, ElementsAre("12", "12", "14"));  // one event each: two have more than 20
  SourceOptions source;
  source.format = "parquet";
  std::size_t row = 0;
  read_rows(folder / "histories" / "part-00000.parquet", source, {{{"tokens", {std::nullopt, "tokens"}}}, false},
            [&](const SourceRow& cells) { EXPECT_EQ(*cells.cells[0], tokens[row++]); });
  EXPECT_EQ(row, 3u);
}

TEST(ExportText, LabelsAreTheCommonestValueAmongTheTargets) {
  Dataset dataset = prepared();
  dataset.item_fields.fields["tags"] = {"war|drama", "drama, comedy", ""};
  const std::vector<std::string> texts = {"One", "Two", "Three"};
  const fs::path folder = fresh("labels");
  TextExportOptions options;
  options.parts = kEveryPart;
  options.targets = kTrainPart | kTestPart;
  options.label_field = "tags";
  EXPECT_EQ(export_text(dataset, texts, options, folder), 3);
  std::vector<std::string> labels;
  std::istringstream in(read_file(folder / "histories.jsonl"));
  for (std::string line; std::getline(in, line);) labels.push_back(nlohmann::json::parse(line)["label"]);
  // ann likes i1 alone, bob i1 and i2, cyd nothing.
  EXPECT_THAT(labels, ElementsAre("drama", "drama", ""));
  options.label_field = "tag";
  EXPECT_THROW(export_text(dataset, texts, options, folder), Error);
}

TEST(ExportPairs, AreLikedOneAfterTheOtherAndWrittenOnce) {
  temporary_folder().write("pairs.csv",
                           "user,item,time\nann,a,1\nann,b,2\nann,c,3\nbob,b,1\nbob,a,2\nbob,d,3\ncyd,e,1\ncyd,a,2\n");
  const Dataset dataset =
      prepare(data_options("[[data.interactions]]\npath = \"pairs.csv\"\n[data.split]\nkind = \"none\"\n"),
              kExportFolder, 7, {})
          .dataset;
  const std::vector<std::string> texts = {"A", "B", "C", "A", ""};
  const fs::path folder = fresh("pairs");
  EXPECT_EQ(export_pairs(dataset, texts, kTrainPart, 10, folder), 2);  // bob's last two read alike, e has no text
  EXPECT_EQ(read_file(folder / "pairs.jsonl"), "{\"text\":\"B\",\"other\":\"C\"}\n{\"text\":\"A\",\"other\":\"B\"}\n");
  EXPECT_EQ(export_pairs(dataset, texts, kTrainPart, 1, folder), 2);  // ann's newest, bob's only one
}

TEST(ExportPreferences, AskOfEachEventWithWhatWasLikedBeforeIt) {
  temporary_folder().write("train.csv",
                           "user,item,value,time\nann,a,5,1\nann,b,1,2\nann,c,4,3\nann,e,5,4\nbob,c,2,1\nbob,a,5,2\n");
  temporary_folder().write("valid.csv", "user,item,value,time\nann,b,5,5\nann,d,5,0\nbob,b,1,3\n");
  temporary_folder().write("test.csv", "user,item,value,time\nann,d,1,6\n");
  std::string config =
      "[data.split]\nkind = \"files\"\n[data.clean]\nduplicates = \"keep\"\n[data.events.rating]\npositive = \"value "
      ">= 4\"\n";
  for (const char* part : {"train", "valid", "test"})
    config += fmt::format("[[data.interactions]]\npath = \"{0}.csv\"\ntype = \"rating\"\npart = \"{0}\"\n", part);
  const Dataset dataset = prepare(data_options(config), kExportFolder, 7, {}).dataset;
  const std::vector<std::string> texts = {"A", "B", "C", "D", ""};
  const PreferencePrompt prompt(PreferenceAnswer::kYesOrNo, "{history} ? {candidate}");
  const fs::path folder = fresh("preferences");
  const auto lines_of = [&](const PreferencePrompt& asked, unsigned parts, int most) {
    std::string out;
    const auto count = export_preferences(dataset, texts, asked, parts, most, folder);
    std::istringstream in(read_file(folder / "preferences.jsonl"));
    std::int64_t read = 0;
    for (std::string line; std::getline(in, line); ++read) {
      const auto one = nlohmann::json::parse(line);
      out += one["user"].get<std::string>() + one["item"].get<std::string>() + " " + one["text"].get<std::string>() +
             " " + one["other"].get<std::string>() + "\n";
    }
    EXPECT_EQ(read, count);
    return out;
  };
  const auto lines = [&](unsigned parts, int most) { return lines_of(prompt, parts, most); };
  // Ann likes a and c in training; what she liked of the validation part before, d, is not known then; e has no text.
  // Bob likes nothing before c and a.
  EXPECT_EQ(lines(kTrainPart, 10), "annb A ? B no\nannc A ? C yes\n");
  EXPECT_EQ(lines(kValidPart, 10), "annb C; A; D ? B yes\nbobb A ? B no\n");
  EXPECT_EQ(lines(kTestPart, 2), "annd B; C ? D no\n");
  EXPECT_EQ(lines(kTestPart, 10), "");  // d was liked before
  // Told of what is not liked too, Bob's a has something before it, and Ann's second b was touched before.
  const PreferencePrompt both(PreferenceAnswer::kYesOrNo, "+ {history}\n- {disliked}\n? {candidate}");
  EXPECT_EQ(lines_of(both, kTrainPart, 10), "annb + A\n? B no\nannc + A\n- B\n? C yes\nboba - C\n? A yes\n");
  EXPECT_EQ(lines_of(both, kValidPart, 10), "bobb + A\n- C\n? B no\n");
  EXPECT_EQ(lines_of(both, kTestPart, 2), "annd + B; C\n? D no\n");  // b was liked at last
  const PreferencePrompt names(PreferenceAnswer::kText, "{history}");
  EXPECT_EQ(export_preferences(dataset, texts, names, kTrainPart | kValidPart, 10, folder), 2);
  EXPECT_THAT(read_file(folder / "preferences.jsonl"), HasSubstr("\"text\":\"C; A; D\",\"other\":\"B\""));
}

}  // namespace
}  // namespace genre
