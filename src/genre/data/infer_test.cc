#include "genre/data/infer.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/data/parquet_writer.h"

namespace genre {
namespace {

std::string sample_file(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + "infer_test-" + name;
  write_file_atomic(path, text);
  return path;
}

TEST(InferInteractions, HeaderNamesAreRecognised) {
  const auto out = infer_interactions(
      sample_file("a.csv", "userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n1,32,3,1260759145\n"));
  EXPECT_EQ(out.delimiter, ",");
  EXPECT_TRUE(out.header);
  EXPECT_EQ(out.columns.at("user").name, "userId");
  EXPECT_EQ(out.columns.at("item").name, "movieId");
  EXPECT_EQ(out.columns.at("value").name, "rating");
  EXPECT_EQ(out.columns.at("time").name, "timestamp");
  EXPECT_EQ(out.time_unit, "seconds");
}

TEST(InferInteractions, NumbersWithoutHeaderAreToldByPositionAndSize) {
  const auto out = infer_interactions(sample_file("b.dat", "1::1193::5::978300760\n1::661::3::978302109\n"));
  EXPECT_EQ(out.delimiter, "::");
  EXPECT_FALSE(out.header);
  EXPECT_EQ(out.columns.at("user").index, 0);
  EXPECT_EQ(out.columns.at("value").index, 2);
  EXPECT_EQ(out.columns.at("time").index, 3);
}

TEST(InferInteractions, RangeOfValuesIsSeen) {
  const auto stars =
      infer_interactions(sample_file("h.csv", "user,item,rating\n1,31,2.5\n1,32,3\n2,32,0.5\n2,33,oops\n"));
  EXPECT_EQ(stars.smallest_value, 0.5);
  EXPECT_EQ(stars.largest_value, 3.0);
  EXPECT_FALSE(infer_interactions(sample_file("i.csv", "user,item\n1,31\n")).largest_value);
  EXPECT_EQ(infer_interactions(
                sample_file("j.jsonl", "{\"user\":1,\"item\":2,\"rating\":1}\n{\"item\":2,\"user\":1,\"rating\":10}\n"))
                .largest_value,
            10.0);
}

TEST(InferInteractions, JsonLinesAndDatesAreRecognised) {
  const auto out = infer_interactions(
      sample_file("c.jsonl", R"({"visitor_id":"v1","sku":"x","event":"view","time":"2025-01-01T00:00:00Z"})"
                             "\n"));
  EXPECT_EQ(out.format, "jsonl");
  EXPECT_EQ(out.columns.at("type").name, "event");
  EXPECT_EQ(out.time_unit, "rfc3339");
}

TEST(InferInteractions, UnknownColumnsAreAClearError) {
  try {
    infer_interactions(sample_file("d.csv", "a,b\nx,y\n"));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kData);
    EXPECT_NE(e.message().find("a, b"), std::string::npos);
  }
  EXPECT_THROW(infer_interactions(sample_file("e.csv", "")), Error);
  EXPECT_THROW(infer_interactions("/no/such/file"), Error);
}

TEST(InferInteractions, FormsOfTimesAreTold) {
  const auto layout = [](const std::string& name, const std::vector<std::string>& times) {
    std::string text = "user;item;time\n";
    for (const auto& time : times) text += "1;2;" + time + "\n";
    const auto out = infer_interactions(sample_file("times-" + name + ".csv", text));
    return out.time_unit + " " + out.date_order;
  };
  EXPECT_EQ(layout("s", {"1700000000", "1700000001.5"}), "seconds ");
  EXPECT_EQ(layout("ms", {"1700000000000"}), "milliseconds ");
  EXPECT_EQ(layout("both", {"1700000000", "1700000000000"}), "auto ");
  EXPECT_EQ(layout("rfc", {"2024-01-31", "2024-01-31T00:00:00Z"}), "rfc3339 ");
  EXPECT_EQ(layout("plain", {"31 Jan 2024", "2024/02/01"}), "auto ");
  EXPECT_EQ(layout("day", {"03/04/2024", "31/03/2024", "30/04/2024"}), "auto day_first");
  EXPECT_EQ(layout("month", {"03/04/2024", "04/30/2024"}), "auto month_first");
  EXPECT_EQ(layout("open", {"03/04/2024", "04/04/2024"}), "auto ");  // left to the person
  EXPECT_EQ(layout("compact", {"20240131", "20240201"}), "auto year_first");
}

TEST(InferInteractions, CompressedUtf16AndParquetFilesAreRead) {
  std::string utf16 = "\xFF\xFE";
  for (const char c : std::string("user,item\n7,8\n")) utf16 += {c, '\0'};
  const auto out = infer_interactions(sample_file("k.csv", utf16));
  EXPECT_EQ(out.encoding, "utf-16");
  EXPECT_EQ(out.sample, (std::vector<std::string>{"7", "8"}));
  const std::filesystem::path folder = testing::TempDir() + "infer_test-parquet";
  ParquetWriter writer(folder, {{"visitor_id", ParquetColumn::Type::kText},
                                {"sku", ParquetColumn::Type::kInteger},
                                {"created_at", ParquetColumn::Type::kTime}});
  for (int i = 0; i < 1500; ++i) {
    writer.text("v");
    writer.integer(i);
    writer.time(1'700'000'000'000);
    writer.end_row();
  }
  writer.finish();
  const auto parquet = infer_interactions(folder / "part-00000.parquet");
  EXPECT_EQ(parquet.format, "parquet");
  EXPECT_EQ(parquet.columns.at("user").name, "visitor_id");
  EXPECT_EQ(parquet.columns.at("item").name, "sku");
  EXPECT_EQ(parquet.time_unit, "rfc3339");
  EXPECT_EQ(parquet.example("item"), "0");
}

TEST(InferItems, EveryOtherColumnBecomesAField) {
  const auto out = infer_items(sample_file("f.csv", "product_id;name;Price\nA;Lamp;3\n"));
  EXPECT_EQ(out.delimiter, ";");
  EXPECT_EQ(out.columns.at("id").name, "product_id");
  EXPECT_EQ(out.columns.at("title").name, "name");
  EXPECT_EQ(out.columns.at("price").name, "Price");
}

TEST(InferItems, Latin1IsNoticed) {
  EXPECT_EQ(infer_items(sample_file("g.csv", "id,title\n1,Caf\xe9\n")).encoding, "latin-1");
}

}  // namespace
}  // namespace genre
