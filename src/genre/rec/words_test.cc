#include "genre/rec/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace genre {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Words, AreLowerCaseRunsOfLettersAndDigits) {
  EXPECT_THAT(words("Toy Story (1995)"), ElementsAre("toy", "story", "1995"));
  EXPECT_THAT(words("  rock'n'roll -- AC/DC!"), ElementsAre("rock", "n", "roll", "ac", "dc"));
  EXPECT_THAT(words(""), IsEmpty());
  EXPECT_THAT(words(" \t\n-?"), IsEmpty());
}

TEST(Words, LowerEveryCasedScriptTheyKnow) {
  EXPECT_THAT(words("ÄÖÜß Ÿ ŽLUŤOUČKÝ İZMİR"), ElementsAre("äöüß", "ÿ", "žluťoučký", "izmir"));
  EXPECT_THAT(words("ΆΓΙΟΣ άγιος ΏΡΑ"), ElementsAre("άγιοσ", "άγιοσ", "ώρα"));
  EXPECT_THAT(words("МОСКВА Ёлка ЇЖАК ҚАЗАҚ"), ElementsAre("москва", "ёлка", "їжак", "қазақ"));
  EXPECT_THAT(words("ՀԱՅ ＡＢＣ ẤN"), ElementsAre("հայ", "ａｂｃ", "ấn"));
}

TEST(Words, AreDividedByPunctuationOfAnyScript) {
  EXPECT_THAT(words("“one”…two—three×four"), ElementsAre("one", "two", "three", "four"));
  EXPECT_THAT(words("سلام، دنیا"), ElementsAre("سلام", "دنیا"));
  EXPECT_THAT(words("good🎬film"), ElementsAre("good", "film"));
}

TEST(Words, OfScriptsWithoutSpacesAreCharacters) {
  EXPECT_THAT(words("千と千尋、カフェ2F"), ElementsAre("千", "と", "千", "尋", "カ", "フ", "ェ", "2f"));
  EXPECT_THAT(words("서울 시"), ElementsAre("서울", "시"));
}

TEST(Words, AreDividedByBytesThatAreNoText) {
  EXPECT_THAT(words("a\xFF"
                    "b\xC3"),
              ElementsAre("a", "b"));
}

}  // namespace
}  // namespace genre
