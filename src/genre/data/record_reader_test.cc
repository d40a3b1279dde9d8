#include "genre/data/record_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/random.h"
#include "genre/data/temporary_folder.h"

namespace genre {
namespace {

using Record = std::vector<std::string>;

std::string file(const std::string& text, const std::string& name = "record_reader_test.csv") {
  return temporary_folder().write(name, text).string();
}

std::vector<Record> records(const std::string& text, const std::string& delimiter = ",") {
  LineReader lines(file(text));
  RecordReader reader(lines, delimiter);
  std::vector<Record> out;
  while (reader.next()) out.emplace_back(reader.cells().begin(), reader.cells().end());
  return out;
}

TEST(RecordReader, CutsAtDelimitersOfAnyLength) {
  EXPECT_EQ(records("1::a|b::\n2::c::d\r\n", "::"), (std::vector<Record>{{"1", "a|b", ""}, {"2", "c", "d"}}));
  EXPECT_EQ(records("1\t2\n\n  \n3\t4", "\t"), (std::vector<Record>{{"1", "2"}, {"3", "4"}}));
}

TEST(RecordReader, QuotedCellsMayHoldDelimitersQuotesAndLineEnds) {
  EXPECT_EQ(records("1,\"a, b\"\n2,\"say \"\"hi\"\"\"\n3,\"two\nlines\",x\n4,y\n"),
            (std::vector<Record>{{"1", "a, b"}, {"2", "say \"hi\""}, {"3", "two\nlines", "x"}, {"4", "y"}}));
}

TEST(RecordReader, BareQuotesAreText) {
  EXPECT_EQ(records("1,\"Great Performances\" Cats,x\n2,12\" single\n3,\"open\n4,\"also open\n5,z"),
            (std::vector<Record>{{"1", "\"Great Performances\" Cats", "x"},
                                 {"2", "12\" single"},
                                 {"3", "\"open"},
                                 {"4", "\"also open"},
                                 {"5", "z"}}));
  EXPECT_EQ(records("1,\"open\n2,\"closed\",x\n"), (std::vector<Record>{{"1", "\"open"}, {"2", "closed", "x"}}));
}

TEST(RecordReader, LinesAreCountedThroughQuotedOnes) {
  LineReader lines(file("a,b\n1,\"x\ny\n\"\n\n2,z\n"));
  RecordReader reader(lines, ",");
  std::vector<std::int64_t> at;
  while (reader.next()) at.push_back(reader.line());
  EXPECT_EQ(at, (std::vector<std::int64_t>{1, 2, 6}));
}

TEST(RecordReader, ByteOrderMarkIsNoText) {
  EXPECT_EQ(records("\xEF\xBB\xBF"
                    "a,b\n"),
            (std::vector<Record>{{"a", "b"}}));
}

TEST(RecordReader, RandomTextNeverLosesALine) {
  RandomStream random(11, "records");
  const std::string alphabet = "ab,,\"\"\n\n\r";
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (std::uint64_t i = random.below(40); i > 0; --i) text += alphabet[random.below(alphabet.size())];
    LineReader lines(file(text));
    RecordReader reader(lines, ",");
    std::string joined;
    while (reader.next()) {
      ASSERT_FALSE(reader.cells().empty());
      joined += reader.text();
    }
    const auto letters = [](const std::string& s) {
      return std::count(s.begin(), s.end(), 'a') + std::count(s.begin(), s.end(), 'b');
    };
    ASSERT_EQ(letters(joined), letters(text)) << text;
  }
}

TEST(LineReader, LongLinesCrossTheBuffer) {
  const std::string lengthy(3 << 20, 'x');
  LineReader lines(file("a\n" + lengthy + "\nb"));
  std::string_view line;
  ASSERT_TRUE(lines.next(line));
  ASSERT_TRUE(lines.next(line));
  EXPECT_EQ(line, lengthy);
  ASSERT_TRUE(lines.next(line));
  EXPECT_EQ(line, "b");
  EXPECT_FALSE(lines.next(line));
}

TEST(LineReader, Utf16IsRefused) {
  LineReader lines(
      file(std::string("\xFF\xFE"
                       "1\0,\0",
                       6)));
  std::string_view line;
  EXPECT_THROW(lines.next(line), Error);
}

TEST(ByteStream, GzipReadsAndDamageIsNamed) {
  const std::string path = file("", "record_reader_test.csv.gz");
  std::string text;
  for (int i = 0; i < 100000; ++i) text += std::to_string(i * 7919) + "\n";
  gzFile out = gzopen(path.c_str(), "wb");
  gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
  gzclose(out);
  const auto lines_of = [](const std::string& from) {
    LineReader lines(from);
    std::string_view line;
    std::int64_t count = 0;
    while (lines.next(line)) ++count;
    return count;
  };
  EXPECT_EQ(lines_of(path), 100000);
  std::string bytes = read_file(path);
  EXPECT_EQ(lines_of(file(bytes + bytes, "twice.csv.gz")), 200000);
  EXPECT_THROW(lines_of(file(bytes.substr(0, bytes.size() / 2), "short.csv.gz")), Error);
  bytes[bytes.size() / 2] ^= 0x10;
  EXPECT_THROW(lines_of(file(bytes, "flipped.csv.gz")), Error);
  EXPECT_THROW(lines_of(file("1,2\n", "plain.csv.gz")), Error);
  EXPECT_THROW(lines_of(file("1,2\n", "plain.csv.zst")), Error);
  EXPECT_THROW(lines_of(testing::TempDir()), Error);
  EXPECT_THROW(lines_of("/no/such/file"), Error);
}

}  // namespace
}  // namespace genre
