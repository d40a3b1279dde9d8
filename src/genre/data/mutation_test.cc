// Files with random bytes changed: an error or correct rows, never a crash. $GENRE_MUTATIONS files of each format, a
// few without it; 10,000 under the asan preset before a release.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/base/random.h"
#include "genre/base/utf8.h"
#include "genre/data/data_toml_test.h"
#include "genre/data/parquet_writer.h"
#include "genre/data/prepare.h"
#include "genre/data/source_rows.h"
#include "genre/data/temporary_folder.h"

namespace genre {
namespace {

constexpr int kRows = 60;

int mutations(const std::string& format = "") {
  const char* const wanted = std::getenv("GENRE_MUTATIONS");
  const int few = format == "parquet" ? 40 : 200;  // a database is opened for each Parquet file
  return wanted == nullptr ? few : std::atoi(wanted);
}

// One to eight changes: a bit or a byte, bytes put in, left out or written twice, the end cut off.
std::string mutated(std::string bytes, RandomStream& random) {
  for (std::uint64_t changes = 1 + random.below(8); changes > 0 && !bytes.empty(); --changes) {
    const std::size_t at = random.below(bytes.size()), length = 1 + random.below(16);
    switch (random.below(7)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << random.below(8));
        break;
      case 1:
        bytes[at] = static_cast<char>(random.below(256));
        break;
      case 2:
        bytes.insert(at, 1, static_cast<char>(random.below(256)));
        break;
      case 3:
        bytes.insert(at, 1, "\",\n{}[]:\\\0\r-9e"[random.below(14)]);
        break;
      case 4:
        bytes.erase(at, length);
        break;
      case 5:
        bytes.insert(at, bytes.substr(random.below(bytes.size()), length));
        break;
      default:
        if (random.below(8) == 0) bytes.resize(at);
    }
  }
  return bytes;
}

void expect_sound(const Dataset& dataset) {
  const Interactions& all = dataset.interactions;
  for (const auto* const ids : {&dataset.users, &dataset.items}) {
    ASSERT_TRUE(std::is_sorted(ids->all().begin(), ids->all().end()));
    for (const auto& id : ids->all()) {
      ASSERT_TRUE(valid_utf8(id));
      ASSERT_TRUE(!id.empty() && id.size() <= 256);
    }
  }
  for (const auto& [name, values] : dataset.item_fields.fields)
    for (const auto& value : values) ASSERT_TRUE(valid_utf8(value));
  for (std::int64_t i = 0; i < all.size(); ++i) {
    ASSERT_TRUE(all.user[i] >= 0 && all.user[i] < dataset.users.size());
    ASSERT_TRUE(all.item[i] >= 0 && all.item[i] < dataset.items.size());
    ASSERT_TRUE(std::isfinite(all.value[i]) && std::isfinite(all.weight[i]));
    ASSERT_TRUE(i == 0 || all.user[i] != all.user[i - 1] || all.time[i] >= all.time[i - 1]);
  }
}

// Prepares each mutation as events and as items; returns how many gave a dataset.
int prepare_mutations(const std::string& name, const std::string& whole, const std::string& format,
                      const std::string& more = "") {
  set_log_level(LogLevel::kError);
  RandomStream random(20, name);
  const auto& folder = temporary_folder();
  folder.write("anchor.csv", "user,item,value,time,type\na,1,1,1,view\nb,2,2,2,view\n");
  const DataOptions options = data_options(
      "[[data.interactions]]\npath = \"" + name + "\"\nformat = \"" + format + "\"\ntime_unit = \"auto\"\n" + more +
      "[[data.interactions]]\npath = \"anchor.csv\"\n[[data.items]]\npath = \"" + name + "\"\nformat = \"" + format +
      "\"\ncolumns = { id = \"item\", title = \"title\" }\n" + more +
      "[data.split]\nkind = \"none\"\n[data.clean]\nmaximum_rejected = 1\nrepair_text = [\"entities\", \"mojibake\", "
      "\"controls\"]\nnear_duplicates = { by = [\"title\"] }\noutliers = 5\n");
  int good = 0;
  for (int i = 0; i < mutations(format); ++i) {
    folder.write(name, i == 0 ? whole : mutated(whole, random));
    try {
      expect_sound(prepare(options, folder.path(), 7, i % 2 == 0 ? folder.path() / "mutation.rejected" : "").dataset);
      ++good;
    } catch (const Error& e) {
      EXPECT_TRUE(e.code() == ErrorCode::kData || e.code() == ErrorCode::kConfig) << e.what();
      EXPECT_NE(i, 0) << e.what();
      EXPECT_FALSE(e.message().empty());
    }
    if (testing::Test::HasFailure()) {
      folder.write("failed-" + name, read_file(folder.path() / name));
      ADD_FAILURE() << "mutation " << i;
      break;
    }
  }
  set_log_level(LogLevel::kInfo);
  return good;
}

std::string csv() {
  std::string out = "user,item,value,time,type,title\n";
  for (int i = 0; i < kRows; ++i)
    out += "u" + std::to_string(i % 7) + ",i" + std::to_string(i % 11) + "," + std::to_string(i % 5) + "," +
           std::to_string(1700000000 + i) + ",rating," +
           (i % 3 == 0 ? "\"Caf\xC3\xA9, \"\"bar\"\" &amp;\nsecond line\"" : "Title " + std::to_string(i)) + "\n";
  return out;
}

std::string jsonl() {
  std::string out;
  for (int i = 0; i < kRows; ++i)
    out += "{\"user\":\"u" + std::to_string(i % 7) + "\",\"item\":" + std::to_string(i % 11) +
           ",\"value\":" + std::to_string(i % 5) +
           ".5,\"time\":\"2024-01-01T00:00:00Z\",\"type\":\"click\",\"title\":[\"A\\u00e9\",\"B" + std::to_string(i) +
           "\"],\"deep\":{\"a\":[{\"b\":null}]}}\n";
  return out;
}

std::string parquet() {
  using Type = ParquetColumn::Type;
  const auto folder = temporary_folder().path() / "mutation-parquet";
  ParquetWriter out(folder, {{"user", Type::kText},
                             {"item", Type::kInteger},
                             {"value", Type::kReal},
                             {"time", Type::kTime},
                             {"type", Type::kText},
                             {"title", Type::kTextList}});
  for (int i = 0; i < kRows; ++i) {
    out.text("u" + std::to_string(i % 7));
    out.integer(i % 11);
    out.real(static_cast<float>(i % 5));
    out.time(1700000000000 + i);
    out.text(i % 2 == 0 ? "view" : "click");
    const std::string own = "thing " + std::to_string(i % 11);
    out.texts({"Title", "of", own});
    out.end_row();
  }
  out.finish();
  return read_file(folder / "part-00000.parquet");
}

// A long time_unit "auto" column keeps most rows readable, so most mutations must give rows.
TEST(Mutations, CsvGivesRowsOrAnError) { EXPECT_GT(prepare_mutations("mutation.csv", csv(), "csv"), mutations() / 2); }
TEST(Mutations, GbkCsvGivesRowsOrAnError) {
  EXPECT_GT(prepare_mutations("mutation-gbk.csv", csv(), "csv", "encoding = \"gbk\"\n"), mutations() / 2);
}
TEST(Mutations, JsonLinesGiveRowsOrAnError) {
  EXPECT_GT(prepare_mutations("mutation.jsonl", jsonl(), "jsonl"), mutations() / 2);
}
TEST(Mutations, ParquetGivesRowsOrAnError) {
  EXPECT_GT(prepare_mutations("mutation.parquet", parquet(), "parquet"), 0);
}

// Where there are no quotes a line is a row, and a plain reading of the changed text must agree.
TEST(Mutations, RowsOfPlainCsvEqualAPlainReading) {
  RandomStream random(21, "plain csv");
  std::string whole = "user,item\n";
  for (int i = 0; i < kRows; ++i) whole += "u" + std::to_string(i) + ",i" + std::to_string(i % 9) + "\n";
  SourceOptions options;
  int compared = 0;
  for (int i = 0; i < mutations(); ++i) {
    const std::string text = mutated(whole, random);
    if (!text.starts_with("user,item\n") || text.find('"') != std::string::npos) continue;
    std::vector<std::string> expected, found;
    for (std::size_t begin = text.find('\n') + 1, end = 0; begin < text.size(); begin = end + 1) {
      end = std::min(text.find('\n', begin), text.size());
      std::string line = text.substr(begin, end - begin);
      if (line.ends_with('\r')) line.pop_back();
      const std::size_t comma = line.find(',');
      if (line.find_first_not_of(" \t") == std::string::npos) continue;
      const bool extra = comma != std::string::npos &&
                         line.find_first_not_of(',', line.find(',', comma + 1)) != std::string::npos &&
                         line.find(',', comma + 1) != std::string::npos;
      const std::string item =
          comma == std::string::npos ? "" : line.substr(comma + 1, line.find(',', comma + 1) - comma - 1);
      const bool readable =
          comma != std::string::npos && !extra && valid_utf8(line.substr(0, comma)) && valid_utf8(item);
      expected.push_back(readable ? line.substr(0, comma) + "|" + item : "fault");
    }
    read_rows(
        temporary_folder().write("plain.csv", text), options,
        {{{"user", {std::nullopt, "user"}}, {"item", {std::nullopt, "item"}}}, false}, [&](const SourceRow& row) {
          found.push_back(row.fault.empty() ? std::string(*row.cells[0]) + "|" + std::string(*row.cells[1]) : "fault");
        });
    ASSERT_EQ(found, expected) << text;
    ++compared;
  }
  EXPECT_GT(compared, mutations() / 2);
}

}  // namespace
}  // namespace genre
