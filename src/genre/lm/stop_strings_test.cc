#include "genre/lm/stop_strings.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/base/random.h"

namespace genre {
namespace {

TEST(StopStrings, AreFoundAcrossPiecesAndNotReleased) {
  StopStrings stops({"\n\n", "User:"});
  EXPECT_EQ(stops.push("A film.\nUs"), "A film.\n");
  EXPECT_EQ(stops.push("ual "), "Usual ");
  EXPECT_EQ(stops.push("ending\n"), "ending");
  EXPECT_FALSE(stops.found());
  EXPECT_EQ(stops.push("\nmore"), "");
  EXPECT_TRUE(stops.found());
  EXPECT_EQ(stops.push("ignored") + stops.finish(), "");
}

TEST(StopStrings, TextThatOnlyBeganOneIsReleasedAtTheEnd) {
  StopStrings stops({"STOP"});
  EXPECT_EQ(stops.push("do not ST"), "do not ");
  EXPECT_EQ(stops.finish(), "ST");
  EXPECT_FALSE(stops.found());
}

TEST(StopStrings, OneInsideAnotherThatNeverCameIsFoundAtTheEnd) {
  StopStrings stops({"xyz", "y"});
  EXPECT_EQ(stops.push("axy"), "a");
  EXPECT_EQ(stops.finish(), "x");
  EXPECT_TRUE(stops.found());
}

TEST(StopStrings, AnEmptyOneIsRefused) { EXPECT_THROW(StopStrings({"a", ""}), Error); }

// Any cut of the text into pieces releases what a search of the whole text leaves before the first stop string.
TEST(StopStrings, PiecesGiveWhatTheWholeTextGives) {
  RandomStream random(3, "test");
  const auto text_of = [&](std::size_t length) {
    std::string text;
    while (text.size() < length) text += static_cast<char>('a' + random.below(3));
    return text;
  };
  int found = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<std::string> strings;
    for (std::size_t i = random.below(4); i > 0; --i) strings.push_back(text_of(1 + random.below(5)));
    const std::string text = text_of(random.below(20));
    std::size_t cut = text.size();
    for (const auto& stop : strings) cut = std::min(cut, text.find(stop));
    StopStrings stops(strings);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t piece = 1 + random.below(4);
      out += stops.push(text.substr(at, piece));
      at += piece;
    }
    out += stops.finish();
    ASSERT_EQ(out, text.substr(0, cut)) << text;
    ASSERT_EQ(stops.found(), cut < text.size());
    found += stops.found();
  }
  EXPECT_GT(found, 500);
}

}  // namespace
}  // namespace genre
