#include "genre/data/decoded_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/base/utf8.h"

namespace genre {
namespace {

// Gives its bytes in pieces of `piece`.
class Bytes : public ByteStream {
 public:
  Bytes(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  std::size_t read(std::span<char> out) override {
    const std::size_t count = std::min({piece_, out.size(), bytes_.size() - at_});
    std::memcpy(out.data(), bytes_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::string bytes_;
  std::size_t piece_, at_ = 0;
};

std::string read(const std::string& bytes, const std::string& encoding, std::size_t piece = 1, std::size_t room = 16) {
  const auto stream = decoded(std::make_unique<Bytes>(bytes, piece), encoding);
  std::string out, block(room, '\0');
  while (const std::size_t count = stream->read(block)) out.append(block, 0, count);
  return out;
}

TEST(DecodedStream, EncodingsBecomeUtf8WhateverThePieces) {
  for (const std::size_t piece : {1, 2, 3, 1000}) {
    EXPECT_EQ(read("\xD6\xD0\xCE\xC4,a|\n", "GBK", piece), "中文,a|\n");
    EXPECT_EQ(read("\x93\xFA\x96\x7B\x8C\xEA\n", "Shift_JIS", piece), "日本語\n");
    EXPECT_EQ(read("caf\xE9 \x80", "cp1252", piece), "café €");
    EXPECT_EQ(read("caf\xE9 \x80", "latin-1", piece), "café €");
    EXPECT_EQ(read(std::string("\xFF\xFE"
                               "a\0\xAC\x20\x3D\xD8\x00\xDE",
                               10),
                   "utf-16", piece),
              "a€😀");
    EXPECT_EQ(read(std::string("\0a\0\n", 4), "UTF-16BE", piece), "a\n");
    EXPECT_EQ(read("é", "UTF8", piece), "é");
  }
}

TEST(DecodedStream, WrongBytesAreMarkedAndTheNextLineIsWhole) {
  EXPECT_EQ(read("ok\n\xD6\n\xD6\xD0\n", "gbk"), "ok\n\xFF\n中\n");
  EXPECT_EQ(read("ab\xD6", "gbk"), "ab\xFF");  // ends inside a character
  EXPECT_EQ(read(std::string("a\0\x00\xDC"
                             "b\0",
                             6),
                 "utf-16le"),
            "a\xFF"
            "b");                             // a lone half of a pair
  EXPECT_EQ(read("\x81", "cp1252"), "\xFF");  // not used by Windows-1252, unlike latin-1
}

TEST(DecodedStream, UnknownNamesGiveTheNearest) {
  for (const auto* const name : {"gbkk", "shift-jiss", "", "utf-8//TRANSLIT", "nonsense"}) {
    try {
      read("", name);
      FAIL() << name;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kConfig);
      EXPECT_EQ(e.place().key, "encoding");
      EXPECT_THAT(e.hint(), testing::HasSubstr("iconv"));
      EXPECT_THAT(e.hint(), testing::HasSubstr(std::string(name) == "gbkk" ? "'gbk'" : ""));
    }
  }
}

TEST(DecodedStream, RandomBytesGiveUtf8AndMarksWhateverThePieces) {
  RandomStream random(12, "bytes");
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    for (int i = 0; i < 200; ++i) bytes += static_cast<char>(random.below(256));
    for (const auto* const encoding : {"gbk", "shift_jis", "utf-16", "utf-32", "cp1252", "euc-kr", "iso-2022-jp"}) {
      const std::string whole = read(bytes, encoding, 1000, 4096);
      ASSERT_EQ(read(bytes, encoding, 7), whole) << encoding;
      std::string unmarked;
      for (const char c : whole)
        if (c != '\xFF') unmarked += c;
      ASSERT_TRUE(valid_utf8(unmarked)) << encoding;
    }
  }
}

}  // namespace
}  // namespace genre
