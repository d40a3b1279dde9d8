#include "genre/data/text_repair.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/base/utf8.h"

namespace genre {
namespace {

std::string repaired(const std::string& name, const std::string& text) { return TextRepair({name}).apply(text); }

TEST(TextRepair, EntitiesBecomeTheirCharactersOnce) {
  EXPECT_EQ(repaired("entities", "Tom &amp; Jerry &eacute;&#233;&#xE9;&#XE9; &lt;b&gt; &apos;&thetasym;"),
            "Tom & Jerry éééé <b> 'ϑ");
  EXPECT_EQ(repaired("entities", "&amp;lt;"), "&lt;");
  EXPECT_EQ(repaired("entities", "&#150;&#x80;"), "–€");  // Windows-1252 by number, as browsers read it
  for (const auto* const text : {"AT&T", "&", "&;", "&nosuch;", "&#;", "&#x;", "&#0;", "&#xD800;", "&#1114112;",
                                 "&#99999999999;", "&#-5;", "R&D; x", "& amp;"})
    EXPECT_EQ(repaired("entities", text), text);
}

TEST(TextRepair, MojibakeIsReadAgainAsUtf8) {
  for (const auto* const text : {"Café", "Les Misérables", "“Quoted” – it’s", "Amélie ☕", "日本語", "Ångström €5"}) {
    const std::string once = latin1_to_utf8(text), twice = latin1_to_utf8(once);
    EXPECT_EQ(repaired("mojibake", once), text);
    EXPECT_EQ(repaired("mojibake", twice), text);
    EXPECT_EQ(repaired("mojibake", text), text);
  }
  EXPECT_EQ(repaired("mojibake", "CafÃ©"), "Café");
  EXPECT_EQ(repaired("mojibake", "\xC3\xA3\xC2\x81\xC2\x82"), "あ");  // latin-1 proper: its bytes became C1 controls
}

TEST(TextRepair, WhatIsNoMojibakeStays) {
  for (const auto* const text : {"SÃO PAULO", "naïve café", "£5 – 10€", "Ã", "Â£ and 日", "plain", "", "Ðóññêèé"})
    EXPECT_EQ(repaired("mojibake", text), text);
}

TEST(TextRepair, ControlsGoAndLineEndsBecomeSpaces) {
  EXPECT_EQ(repaired("controls",
                     "a\x01"
                     "b\tc\r\nd\x7F"
                     "e\xC2\x85"
                     "f"),
            "ab c  def");
  EXPECT_EQ(repaired("controls", "\xEF\xBB\xBFsoft\xC2\xADhyphen\xE2\x80\x8B\xE2\x80\xAE."), "softhyphen.");
  EXPECT_EQ(repaired("controls", "👩‍💻 می‌خواهم"),
            "👩‍💻 می‌خواهم");  // joiners carry meaning
}

TEST(TextRepair, RepairsFollowOneAnother) {
  EXPECT_EQ(TextRepair({"controls", "entities", "mojibake"}).apply("Caf&Atilde;&copy;&#7;"), "Café");
}

TEST(TextRepair, RandomTextStaysUtf8AndASecondPassOfOneRepairChangesNothing) {
  RandomStream random(8, "repair");
  const std::vector<std::string> pieces = {"&", "#", "x", "amp;",     "1",  ";", "Ã",
                                           "©", "é", "€", "\xC2\x81", "日", "a", " "};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (std::uint64_t i = random.below(12); i > 0; --i) text += pieces[random.below(pieces.size())];
    for (const auto* const name : {"entities", "mojibake", "controls"}) ASSERT_TRUE(valid_utf8(repaired(name, text)));
    const std::string whole = repaired("mojibake", text), bare = repaired("controls", text);
    ASSERT_EQ(repaired("mojibake", whole), whole);
    ASSERT_EQ(repaired("controls", bare), bare);
  }
}

TEST(TextRepair, UnknownNamesAreToldWithTheNearest) {
  try {
    const TextRepair repair({"entity"});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kConfig);
    EXPECT_NE(e.hint().find("entities"), std::string::npos);
  }
}

}  // namespace
}  // namespace genre
