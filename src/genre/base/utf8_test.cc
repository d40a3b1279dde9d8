#include "genre/base/utf8.h"

#include <gtest/gtest.h>

namespace genre {

TEST(Utf8, RefusesWhatIsNotShortestFormOrNotACharacter) {
  EXPECT_TRUE(valid_utf8("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
  EXPECT_TRUE(valid_utf8(""));
  EXPECT_FALSE(valid_utf8("caf\xE9"));
  EXPECT_FALSE(valid_utf8("\xC0\xAF"));
  EXPECT_FALSE(valid_utf8("\xE0\x80\xAF"));
  EXPECT_FALSE(valid_utf8("\xED\xA0\x80"));
  EXPECT_FALSE(valid_utf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(valid_utf8("\xE2\x82"));
  EXPECT_FALSE(valid_utf8("\x80"));
}

TEST(Utf8, Latin1TakesWindows1252) {
  EXPECT_EQ(latin1_to_utf8("caf\xE9"), "caf\xC3\xA9");
  EXPECT_EQ(latin1_to_utf8("\x80 \x93x\x94"), "\xE2\x82\xAC \xE2\x80\x9Cx\xE2\x80\x9D");
}

TEST(Utf8, BadBytesAreShown) { EXPECT_EQ(printable_utf8("a\xE9z\xC3\xA9"), "a\\xE9z\xC3\xA9"); }

TEST(Utf8, EveryLatin1ByteBecomesValid) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_TRUE(valid_utf8(latin1_to_utf8(all)));
  EXPECT_TRUE(valid_utf8(printable_utf8(all)));
}

}  // namespace genre
