#include "genre/data/source_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>

#include "genre/base/error.h"
#include "genre/base/error_of_test.h"
#include "genre/base/file.h"
#include "genre/base/random.h"
#include "genre/data/query.h"
#include "genre/data/temporary_folder.h"

namespace genre {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path& kFolder = temporary_folder().path();

fs::path file(const std::string& name, const std::string& text) { return temporary_folder().write(name, text); }

config::ColumnRef named(const std::string& name) { return {std::nullopt, name}; }
config::ColumnRef numbered(int index) { return {index, {}}; }

// "line: role=cell role=cell" or "line! fault", one a row; absent cells are left out.
std::string rows(const fs::path& path, const SourceOptions& options, const ColumnRequest& request) {
  std::string out;
  read_rows(path, options, request, [&](const SourceRow& row) {
    out += std::to_string(row.row);
    if (!row.fault.empty())
      out += "! " + std::string(row.fault);
    else
      out += ":";
    for (std::size_t i = 0; i < row.cells.size(); ++i)
      if (row.cells[i]) out += " " + row.roles[i] + "=" + std::string(*row.cells[i]);
    out += "\n";
  });
  return out;
}

const ColumnRequest kUserItem = {{{"user", named("user")}, {"item", named("item")}}, false};
const ColumnRequest kFirstTwo = {{{"user", numbered(0)}, {"item", numbered(1)}}, false};

TEST(CsvRows, ColumnsByNameOrNumber) {
  const auto path = file("a.csv", "item,when,user\n10,5,ann\n11,\"6,5\",bob\n");
  EXPECT_EQ(rows(path, {}, kUserItem), "2: user=ann item=10\n3: user=bob item=11\n");
  EXPECT_EQ(rows(path, {}, {{{"user", numbered(2)}, {"time", named("when")}}, false}),
            "2: user=ann time=5\n3: user=bob time=6,5\n");
  EXPECT_EQ(rows(path, {}, {{{"id", named("item")}}, true}), "2: id=10 when=5 user=ann\n3: id=11 when=6,5 user=bob\n");
}

TEST(CsvRows, EncodingIsConvertedOrItsFaultsAreNamed) {
  const auto path = file("latin.csv", "1|caf\xE9\n2|\x80uro\n");
  SourceOptions options{
      .path = {}, .format = "csv", .delimiter = "|", .header = false, .encoding = "latin-1", .columns = {}};
  EXPECT_EQ(rows(path, options, kFirstTwo), "1: user=1 item=caf\xC3\xA9\n2: user=2 item=\xE2\x82\xACuro\n");
  options.encoding = "utf-8";
  EXPECT_EQ(rows(path, options, kFirstTwo), "1! item is not UTF-8\n2! item is not UTF-8\n");
}

TEST(CsvRows, RowsOfAnotherWidthAreFaults) {
  EXPECT_EQ(rows(file("b.csv", "user,item\n1,2\n3\n4,5,6\n7,8,\n"), {}, kUserItem),
            "2: user=1 item=2\n3! 1 cells, wanted 2\n4! 3 cells, but 2 columns\n5: user=7 item=8\n");
}

TEST(CsvRows, WrongDelimiterNamesTheRightOne) {
  const auto e = error_of([] { rows(file("c.csv", "user\titem\n1\t2\n"), {}, kUserItem); });
  EXPECT_EQ(e.code(), ErrorCode::kData);
  EXPECT_THAT(e.hint(), HasSubstr("delimiter = \"\\t\""));
  EXPECT_EQ(e.place().line, 1);
  SourceOptions bare;
  bare.header = false;
  EXPECT_THAT(error_of([&] { rows(file("d.csv", "1::2\n3::4\n"), bare, kFirstTwo); }).hint(), HasSubstr("\"::\""));
}

TEST(CsvRows, DelimiterInsideATitleDoesNotHideTheRightOne) {
  SourceOptions bare;
  bare.header = false;
  const auto e = error_of([&] { rows(file("titles.csv", "1::Toy Story\n2::Postman, The\n"), bare, kFirstTwo); });
  EXPECT_THAT(e.hint(), HasSubstr("\"::\""));
}

TEST(CsvRows, ShortFirstRowIsAFaultOfThatRowOnly) {
  SourceOptions bare;
  bare.header = false;
  EXPECT_EQ(rows(file("short.csv", "1\n2,3\n"), bare, kFirstTwo), "1! 1 cells, wanted 2\n2: user=2 item=3\n");
}

TEST(CsvRows, AbsentHeaderAndAbsentColumnsAreTold) {
  const auto data = error_of([] { rows(file("e.csv", "196,242,3\n1,2,3\n"), {}, kUserItem); });
  EXPECT_EQ(data.code(), ErrorCode::kData);
  EXPECT_THAT(data.hint(), HasSubstr("header = false"));
  EXPECT_EQ(error_of([] { rows(file("e.csv", "196,242,3\n1,2,3\n"), {}, kFirstTwo); }).code(), ErrorCode::kData);

  const auto near = error_of([] { rows(file("f.csv", "user,items\n1,2\n"), {}, kUserItem); });
  EXPECT_EQ(near.code(), ErrorCode::kConfig);
  EXPECT_THAT(near.hint(), HasSubstr("did you mean 'items'"));
  EXPECT_EQ(near.place().key, "columns.item");

  SourceOptions bare;
  bare.header = false;
  EXPECT_EQ(error_of([&] { rows(file("g.csv", "1,2\n"), bare, kUserItem); }).code(), ErrorCode::kConfig);
  EXPECT_EQ(error_of([&] {
              rows(file("g.csv", "1,2\n"), bare, {{{"user", numbered(0)}, {"item", numbered(2)}}, false});
            }).code(),
            ErrorCode::kConfig);
}

TEST(CsvRows, EmptyAndMissingFilesAreTold) {
  EXPECT_EQ(error_of([] { rows(file("empty.csv", ""), {}, kUserItem); }).code(), ErrorCode::kData);
  EXPECT_EQ(error_of([] { rows(file("blank.csv", "\n\n"), {}, kUserItem); }).code(), ErrorCode::kData);
  EXPECT_EQ(rows(file("head.csv", "user,item\n"), {}, kUserItem), "");
}

TEST(AtomicRows, TypesInTheHeaderAreNoPartOfTheName) {
  SourceOptions options;
  options.format = "atomic";
  const auto path = file("x.inter", "user_id:token\titem_id:token\trating:float\n1\t2\t3.5\n");
  EXPECT_EQ(rows(path, options, {{{"user", named("user_id")}, {"value", named("rating:float")}}, false}),
            "2: user=1 value=3.5\n");
}

TEST(ListRows, EachItemIsARowOfItsUser) {
  SourceOptions options;
  options.format = "lists";
  EXPECT_EQ(rows(file("l.txt", "u1 3 2 1\n\nu2\nu3\t9,8\r\n"), options, kUserItem),
            "1: user=u1 item=3\n1: user=u1 item=2\n1: user=u1 item=1\n3! a user without items\n4: user=u3 item=9\n4: "
            "user=u3 item=8\n");
}

TEST(MindRows, ClicksAreRows) {
  SourceOptions options;
  options.format = "mind";
  EXPECT_EQ(rows(file("b.tsv", "1\tU1\t11/9/2019 9:05:58 AM\tN1 N2\tN3-0 N4-1 N-5-1\n2\tU2\tx\n3\tU3\tt\t\tN1 N2-1\n"),
                 options, {}),
            "1: user=U1 time=11/9/2019 9:05:58 AM item=N4\n1: user=U1 time=11/9/2019 9:05:58 AM item=N-5\n2! 3 cells, "
            "wanted 5\n3! 'N1' does not say whether it was clicked\n3: user=U3 time=t item=N2\n");
}

TEST(JsonRows, KeysNestAndArraysJoin) {
  SourceOptions options;
  options.format = "jsonl";
  const auto path =
      file("a.jsonl",
           "{\"user\":12345678901234567890123,\"item\":{\"id\":\"x\\u00e9\"},\"tags\":[\"a\",\"b\"],\"on\":true}\n"
           "{\"user\":\"u2\",\"item\":{\"id\":4.50},\"tags\":null}\n\n[1]\n{\"user\":\n\"\xE9\"\n{}\n7\n");
  EXPECT_EQ(rows(path, options,
                 {{{"user", named("user")},
                   {"item", named("item.id")},
                   {"title", named("tags")},
                   {"value", named("rating"), false}},
                  false}),
            "1: user=12345678901234567890123 item=x\xC3\xA9 title=a, b\n2: user=u2 item=4.50\n4! not a JSON object\n5! "
            "not valid JSON at byte 9\n"
            "6! the line is not UTF-8\n7:\n8! not a JSON object\n");
  EXPECT_THAT(rows(path, options, {{{"id", named("user")}}, true}),
              HasSubstr("1: id=12345678901234567890123 item.id=x\xC3\xA9 tags=a, b on=true\n"));
}

TEST(JsonRows, MistakesAreTold) {
  SourceOptions options;
  options.format = "jsonl";
  EXPECT_THAT(error_of([&] { rows(file("b.jsonl", "[{\"user\":1}]\n"), options, kUserItem); }).hint(), HasSubstr("jq"));
  EXPECT_THAT(error_of([&] { rows(file("c.jsonl", "{\"user\":1,\"itme\":2}\n"), options, kUserItem); }).hint(),
              HasSubstr("itme"));
  EXPECT_EQ(error_of([&] { rows(file("d.jsonl", "{\"user\":1}\n"), options, kFirstTwo); }).code(), ErrorCode::kConfig);
  EXPECT_EQ(error_of([&] { rows(file("e.jsonl", ""), options, kUserItem); }).code(), ErrorCode::kData);
}

TEST(JsonRows, RandomBytesNeverCrash) {
  RandomStream random(1, "json");
  const std::string alphabet = "{}[]\":,.\\u0aeE+-1 tfn\n\xC3\xA9\xFF";
  SourceOptions options;
  options.format = "jsonl";
  const auto path = kFolder / "fuzz.jsonl";
  for (int round = 0; round < 300; ++round) {
    std::string text = "{\"user\":1,\"item\":2}\n" + std::string(2000, '[') + "\n";
    for (int i = 0; i < 400; ++i) text += alphabet[random.below(alphabet.size())];
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_THAT(rows(path, options, kUserItem), HasSubstr("1: user=1 item=2\n2! "));
    rows(path, options, {{{"id", named("user")}}, true});
  }
}

TEST(CsvRows, RandomBytesNeverCrashOrLeaveInvalidText) {
  RandomStream random(2, "csv");
  for (int round = 0; round < 300; ++round) {
    std::string text = "user,item\n1,2\n";
    for (int i = 0; i < 300; ++i) {
      const auto pick = random.below(6);
      text += pick == 0 ? ',' : pick == 1 ? '"' : pick == 2 ? '\n' : static_cast<char>(random.below(256));
    }
    std::ofstream(kFolder / "fuzz.csv", std::ios::binary) << text;
    for (const auto* const encoding : {"utf-8", "latin-1"}) {
      SourceOptions options;
      options.encoding = encoding;
      EXPECT_THAT(rows(kFolder / "fuzz.csv", options, kUserItem), HasSubstr("2: user=1 item=2\n"));
    }
  }
}

// DuckDB writes what it then reads: COPY has no result columns, so a SELECT of its count stands around it.
fs::path parquet(const std::string& name, const std::string& select) {
  fs::create_directories((kFolder / name).parent_path());
  Database database;
  const std::string sql = "COPY (" + select + ") TO '" + (kFolder / name).string() + "' (FORMAT parquet)";
  try {
    Query(database, sql, {});
  } catch (const Error&) {  // the count is not text
  }
  return kFolder / name;
}

TEST(ParquetRows, EveryTypeBecomesText) {
  const auto path =
      parquet("a.parquet",
              "SELECT i + 900000000000 AS user, 'caf\xC3\xA9' || i AS \"the \"\"item\"\"\", 4.5::FLOAT AS value, "
              "TIMESTAMP '2024-01-01 00:00:01' AS t, ['a', 'b'] AS tags, CASE WHEN i = 0 THEN NULL ELSE 1 END AS gap "
              "FROM range(2) r(i)");
  SourceOptions options;
  options.format = "parquet";
  EXPECT_EQ(rows(path, options,
                 {{{"user", named("user")},
                   {"item", named("the \"item\"")},
                   {"value", named("value")},
                   {"time", named("t")},
                   {"tags", named("tags")},
                   {"gap", named("gap")}},
                  false}),
            "1: user=900000000000 item=caf\xC3\xA9"
            "0 value=4.5 time=2024-01-01 00:00:01 tags=a, b\n"
            "2: user=900000000001 item=caf\xC3\xA9"
            "1 value=4.5 time=2024-01-01 00:00:01 tags=a, b gap=1\n");
  EXPECT_EQ(error_of([&] { rows(path, options, kUserItem); }).code(), ErrorCode::kConfig);
}

TEST(ParquetRows, AFileReplacedWithinTheSameMomentIsReadAnew) {
  const auto path = parquet("first.parquet", "SELECT 1 AS user, 2 AS item");
  const auto other = parquet("second.parquet", "SELECT 3 AS user, 4 AS item");
  SourceOptions options;
  options.format = "parquet";
  const auto moment = fs::last_write_time(path);
  EXPECT_EQ(rows(path, options, kUserItem), "1: user=1 item=2\n");
  fs::copy_file(other, path, fs::copy_options::overwrite_existing);
  fs::last_write_time(path, moment);
  EXPECT_EQ(rows(path, options, kUserItem), "1: user=3 item=4\n");
}

TEST(ParquetRows, ADamagedFileSpoilsNoOther) {
  const auto path = parquet("whole.parquet", "SELECT i AS user, i AS item FROM range(5000) r(i)");
  const std::string bytes = read_file(path);
  SourceOptions options;
  options.format = "parquet";
  RandomStream random(4, "damaged");
  for (int round = 0; round < 60; ++round) {
    std::string damaged = bytes;
    for (int i = 0; i < 20; ++i) damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    std::ofstream(kFolder / "damaged.parquet", std::ios::binary) << damaged;
    try {
      read_rows(kFolder / "damaged.parquet", options, kUserItem, [](const SourceRow&) {});
    } catch (const Error& e) {
      EXPECT_TRUE(e.code() == ErrorCode::kData || e.code() == ErrorCode::kConfig) << e.what();
    }
    int count = 0;
    read_rows(path, options, kUserItem, [&](const SourceRow&) { ++count; });
    ASSERT_EQ(count, 5000) << "round " << round;
  }
}

TEST(ParquetRows, ManyChunksKeepTheirOrder) {
  const auto path = parquet("big.parquet", "SELECT i AS user, i * 2 AS item FROM range(300000) r(i)");
  SourceOptions options;
  options.format = "parquet";
  std::int64_t next = 0;
  read_rows(path, options, kUserItem, [&](const SourceRow& row) {
    ASSERT_EQ(*row.cells[0], std::to_string(next));
    ASSERT_EQ(row.row, ++next);
  });
  EXPECT_EQ(next, 300000);
}

TEST(ParquetRows, FoldersAreReadWithTheirPartitions) {
  fs::remove_all(kFolder / "parts");
  parquet("parts/type=view/b.parquet", "SELECT 1 AS user, 2 AS item");
  parquet("parts/type=click/a.parquet", "SELECT 3 AS user, 4 AS item");
  SourceOptions options;
  options.format = "parquet";
  options.path = "parts";
  const auto files = source_files(options, kFolder);
  ASSERT_EQ(files.size(), 2u);
  ColumnRequest request = kUserItem;
  request.wanted.push_back({"type", named("type")});
  EXPECT_EQ(rows(files[0], options, request), "1: user=3 item=4 type=click\n");
  EXPECT_EQ(rows(files[1], options, request), "1: user=1 item=2 type=view\n");
}

TEST(ParquetRows, SparkFoldersAreReadWithoutTheirMarks) {
  fs::remove_all(kFolder / "spark");
  parquet("spark/day=2024-01-01/kind=a%3Ab/part-0.snappy.parquet", "SELECT 1 AS user, 2 AS item");
  parquet("spark/day=__HIVE_DEFAULT_PARTITION__/kind=c/part-0.parquet", "SELECT 3 AS user, 4 AS item");
  parquet("spark/_temporary/0/part-9.parquet", "SELECT 8 AS user, 8 AS item");
  file("spark/_SUCCESS", "");
  file("spark/day=2024-01-01/kind=a%3Ab/.part-0.snappy.parquet.crc", "crc");
  SourceOptions options;
  options.format = "parquet";
  ColumnRequest request = kUserItem;
  for (const auto* const name : {"day", "kind"}) request.wanted.push_back({name, named(name)});
  for (const auto* const path : {"spark", "spark/day=*", "spark/day=*/kind=*/*.parquet"}) {
    options.path = path;
    std::string all;
    for (const auto& one : source_files(options, kFolder)) all += rows(one, options, request);
    EXPECT_EQ(all, "1: user=1 item=2 day=2024-01-01 kind=a:b\n1: user=3 item=4 kind=c\n") << path;
  }
}

TEST(ParquetRows, DamagedFilesAreRefusedByName) {
  const auto whole = read_file(parquet("c.parquet", "SELECT i AS user, i AS item FROM range(1000) r(i)"));
  SourceOptions options;
  options.format = "parquet";
  for (const auto& bytes :
       {std::string(), std::string("PAR1"), whole.substr(0, whole.size() / 2), whole.substr(whole.size() / 2)}) {
    const auto e = error_of([&] { rows(file("broken.parquet", bytes), options, kUserItem); });
    EXPECT_EQ(e.code(), ErrorCode::kData);
    EXPECT_THAT(e.place().file, HasSubstr("broken.parquet"));
  }
}

TEST(CompressedRows, ZstdIsReadAndItsDamageNamed) {
  std::string text = "user,item\n";
  for (int i = 0; i < 100000; ++i) text += std::to_string(i * 7919 % 10007) + ",i" + std::to_string(i) + "\n";
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  const auto plain = rows(file("z.csv", text), {}, kUserItem);
  EXPECT_EQ(rows(file("z.csv.zst", packed), {}, kUserItem), plain);
  EXPECT_EQ(error_of([&] { rows(file("short.csv.zst", packed.substr(0, packed.size() / 2)), {}, kUserItem); }).code(),
            ErrorCode::kData);
}

TEST(SourceFiles, GlobsAreSortedAndMissingFilesGiveTheNearestName) {
  file("part-2.csv", "x");
  file("part-1.csv", "x");
  SourceOptions options;
  options.path = "part-*.csv";
  EXPECT_EQ(source_files(options, kFolder), (std::vector<fs::path>{kFolder / "part-1.csv", kFolder / "part-2.csv"}));
  options.path = "part_1.csv";
  const auto e = error_of([&] { source_files(options, kFolder); });
  EXPECT_EQ(e.code(), ErrorCode::kNotFound);
  EXPECT_THAT(e.hint(), HasSubstr("part-1.csv"));
  options.path = "";
  EXPECT_EQ(error_of([&] { source_files(options, kFolder); }).code(), ErrorCode::kConfig);
}

}  // namespace
}  // namespace genre
