#include "genre/track/xml.h"

#include <gtest/gtest.h>

#include "genre/track/text_extent.h"

namespace genre {

TEST(Xml, EscapesWhatEndsTextOrAttributes) {
  EXPECT_EQ(escape_xml("<script>alert('x') && \"y\"</script>"),
            "&lt;script&gt;alert(&#39;x&#39;) &amp;&amp; &quot;y&quot;&lt;/script&gt;");
  EXPECT_EQ(escape_xml("Amélie – 天気 🎬"), "Amélie – 天気 🎬");
}

TEST(Xml, ReplacesInvalidUtf8AndForbiddenControls) {
  EXPECT_EQ(escape_xml("a\xff"
                       "b"),
            "a\uFFFDb");
  EXPECT_EQ(escape_xml("\xc0\xaf"), "\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(escape_xml("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // surrogate
  EXPECT_EQ(escape_xml("\xf0\x9f\x8e"), "\uFFFD\uFFFD\uFFFD");  // cut short
  EXPECT_EQ(escape_xml(std::string_view("a\0\x1b\tb", 5)), "a\uFFFD\uFFFD\tb");
  EXPECT_EQ(escape_xml("\xef\xbf\xbf"), "\uFFFD");  // U+FFFF
}

TEST(Xml, CodePointsRoundTrip) {
  const std::string text = "aé天🎬";
  std::string back;
  for (const char32_t c : code_points(text)) append_utf8(back, c);
  EXPECT_EQ(back, text);
}

TEST(TextExtent, ShortenedTextFitsAndEndsInAnEllipsis) {
  EXPECT_EQ(shorten("short", 200, 12), "short");
  for (const double width : {20.0, 40.0, 100.0}) {
    const std::string cut = shorten("a rather long name 天気 of a model", width, 12);
    EXPECT_LE(text_width(cut, 12), width);
    EXPECT_TRUE(cut.ends_with("…")) << cut;
  }
}

TEST(TextExtent, WrapBreaksAtSpacesAndKeepsEveryLineInside) {
  const auto lines = wrap("one two three four", text_width("one two", 12) + 1, 12, 3);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "one two");
  EXPECT_EQ(wrap("", 50, 12, 2).size(), 0u);
  for (const auto& line : wrap("unbreakableunbreakable word", 40, 12, 2)) EXPECT_LE(text_width(line, 12), 40);
  EXPECT_EQ(wrap("6–20 (84 users)", 70, 12, 2), (std::vector<std::string>{"6–20", "(84 users)"}));
}

}  // namespace genre
