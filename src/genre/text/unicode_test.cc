#include "genre/text/unicode.h"

#include <gtest/gtest.h>

#include <vector>

namespace genre::unicode {
namespace {

std::vector<char32_t> decode_all(std::string_view text) {
  std::vector<char32_t> out;
  for (const char* at = text.data(); at != text.data() + text.size();)
    out.push_back(decode(at, text.data() + text.size()));
  return out;
}

}  // namespace

TEST(Unicode, EveryCodePointSurvivesEncodingAndDecoding) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    append(text, c);
    ASSERT_EQ(decode_all(text), std::vector{c});
    ASSERT_EQ(count(text), 1u);
  }
}

TEST(Unicode, EachMaximalPartOfIllFormedBytesIsOneReplacement) {
  const char32_t r = kReplacement;
  EXPECT_EQ(decode_all("\xF0\x90\x80g"), (std::vector{r, U'g'}));        // cut short
  EXPECT_EQ(decode_all("\xC0\xAF"), (std::vector{r, r}));                // overlong
  EXPECT_EQ(decode_all("\xE0\x80\x80"), (std::vector{r, r, r}));         // overlong
  EXPECT_EQ(decode_all("\xED\xA0\x80"), (std::vector{r, r, r}));         // a surrogate
  EXPECT_EQ(decode_all("\xF4\x90\x80\x80"), (std::vector{r, r, r, r}));  // past U+10FFFF
  EXPECT_EQ(decode_all("a\xE2\x82"), (std::vector{U'a', r}));            // ends inside
  EXPECT_EQ(decode_all("\x80\xFFz"), (std::vector{r, r, U'z'}));
}

TEST(Unicode, ClassesFollowTheReference) {
  EXPECT_TRUE(is_removed(0) && is_removed(0x200B) && is_removed(0xAD) && is_removed(0xE000) && is_removed(0x85));
  EXPECT_FALSE(is_removed('\t') || is_removed('\n') || is_removed(0x378));  // unassigned characters stay
  EXPECT_TRUE(is_whitespace(0x3000) && is_whitespace(0xA0) && !is_whitespace(0x200B));
  EXPECT_TRUE(is_punctuation('$') && is_punctuation(0x3001) && !is_punctuation(0x20AC));
  EXPECT_TRUE(is_cjk(0x4E00) && is_cjk(0x2B920) && !is_cjk(0x2B820) && !is_cjk(0x3042));
}

TEST(Unicode, LowercaseLooksAtOneCharacterOnly) {
  std::string out;
  for (const char32_t c : {U'Σ', U'Α', U'Σ'}) append_lowercase(out, c);
  EXPECT_EQ(out, "σασ");
  out.clear();
  append_lowercase(out, 0x130);
  EXPECT_EQ(out, "i\u0307");
}

}  // namespace genre::unicode
