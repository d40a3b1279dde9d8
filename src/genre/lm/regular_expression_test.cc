#include "genre/lm/regular_expression.h"

#include <gmock/gmock.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/lm/automaton_test.h"
#include "genre/lm/byte_automaton.h"
#include "genre/lm/json_string_graph.h"

namespace genre {
namespace {

ByteAutomaton automaton_of(const std::vector<std::string>& patterns) {
  std::vector<RegularExpression> all;
  for (const auto& pattern : patterns) all.push_back(parse_regular_expression(pattern));
  ByteGraph graph;
  const auto start = graph.add(), end = add_json_string(graph, start, all);
  return {std::move(graph), start, end};
}

bool pattern_accepts(const std::string& pattern, const std::string& text) {
  auto automaton = automaton_of({pattern});
  return accepts(automaton, nlohmann::json(text).dump());
}

TEST(RegularExpression, AgreesWithTheStandardLibraryOnRandomPatternsAndTexts) {
  RandomStream random(1, "test");
  const auto pick = [&](std::initializer_list<const char*> choices) {
    return std::string(choices.begin()[random.below(choices.size())]);
  };
  const std::function<std::string(int)> expression = [&](int depth) {
    std::string out;
    for (std::uint64_t parts = 1 + random.below(3); parts > 0; --parts) {
      std::string part = pick({"a", "b", "0", "[ab]", "[^a]", "[a-b0]", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", ".",
                               "\\.", "-", "\\u0061", "\\x62"});
      if (depth > 0 && random.below(3) == 0)
        part = (random.below(2) ? "(" : "(?:") + expression(depth - 1) + "|" + expression(depth - 1) + ")";
      out += part + pick({"", "", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "+?"});
    }
    return out;
  };
  std::vector<std::string> texts = {""};
  const std::string letters = "ab0 .-_";
  for (std::size_t i = 0; texts.size() < 400; ++i)
    for (const char c : letters) texts.push_back(texts[i] + c);
  int found = 0, missed = 0;
  for (int trial = 0; trial < 200; ++trial) {
    const std::string pattern = pick({"", "^"}) + expression(2) + pick({"", "$"});
    auto automaton = automaton_of({pattern});
    const std::regex reference(pattern, std::regex::ECMAScript);
    for (const auto& text : texts) {
      const bool wanted = std::regex_search(text, reference);
      ASSERT_EQ(accepts(automaton, '"' + text + '"'), wanted) << pattern << " in '" << text << "'";
      (wanted ? found : missed)++;
    }
  }
  EXPECT_GT(found, 10'000);
  EXPECT_GT(missed, 10'000);
}

TEST(RegularExpression, MatchesCharactersOfEveryLength) {
  EXPECT_TRUE(pattern_accepts("^[à-ý]{2}$", "éü"));
  EXPECT_FALSE(pattern_accepts("^[à-ý]{2}$", "éz"));
  EXPECT_TRUE(pattern_accepts("^[\\u{1F600}-\\u{1F64F}]$", "😀"));
  EXPECT_TRUE(pattern_accepts("^\\uD83D\\uDE00$", "😀"));
  EXPECT_TRUE(pattern_accepts("^[^a-z]$", "€"));
  EXPECT_TRUE(pattern_accepts("^.$", "\xF4\x8F\xBF\xBF"));
  EXPECT_FALSE(pattern_accepts("^.$", "\n"));
  EXPECT_FALSE(pattern_accepts("^.$", "ab"));
  EXPECT_TRUE(pattern_accepts("^[\"\\\\/\\n\\t]+$", "\"\\/\n\t"));
  EXPECT_TRUE(pattern_accepts("^\\s$", "\xE3\x80\x80"));
  EXPECT_TRUE(pattern_accepts("^(?<year>\\d{4})-(?:[a-]|[^])$", "1999-€"));
  EXPECT_TRUE(pattern_accepts("^[a-]$|^x", "-"));
  EXPECT_TRUE(pattern_accepts("^[a-]$|^x", "xyz"));
  EXPECT_TRUE(pattern_accepts("b$", "aaab"));
  EXPECT_TRUE(pattern_accepts("", "anything"));
}

// Every range of code points has the characters between its ends and no others, whatever bytes they take.
TEST(RegularExpression, RangesHoldTheirCodePointsAndNoOthers) {
  RandomStream random(2, "test");
  const auto utf8 = [](char32_t c) {
    const auto byte = [](char32_t value) { return static_cast<char>(value); };
    if (c < 0x80) return std::string{byte(c)};
    if (c < 0x800) return std::string{byte(0xC0 | c >> 6), byte(0x80 | (c & 63))};
    if (c < 0x10000) return std::string{byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
    return std::string{byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 63)), byte(0x80 | (c >> 6 & 63)),
                       byte(0x80 | (c & 63))};
  };
  const auto code_point = [&] {
    const char32_t limits[] = {0x80, 0x800, 0x10000, 0x110000};
    return static_cast<char32_t>(random.below(limits[random.below(4)]));
  };
  for (int trial = 0; trial < 300; ++trial) {
    char32_t low = code_point(), high = code_point();
    if (low > high) std::swap(low, high);
    RegularExpression set;
    set.kind = RegularExpression::Kind::kCharacters;
    set.characters = {{low, high}};
    ByteGraph graph;
    const auto start = graph.add(), end = add_json_string(graph, start, {&set, 1});
    std::optional<ByteAutomaton> automaton;
    try {
      automaton.emplace(graph, start, end);
    } catch (const Error&) {
      ASSERT_TRUE(high < 0x20 || (low >= 0xD800 && high <= 0xDFFF));
      continue;
    }
    for (int i = 0; i < 200; ++i) {
      const char32_t c = i < 6 ? (i < 3 ? low : high) + static_cast<char32_t>(i % 3) - 1 : code_point();
      if (c < 0x20 || c == '"' || c == '\\' || c > kLastCodePoint || (c >= 0xD800 && c <= 0xDFFF)) continue;
      ASSERT_EQ(accepts(*automaton, '"' + utf8(c) + '"'), low <= c && c <= high)
          << std::to_string(c) + " in " + std::to_string(low) + " " + std::to_string(high);
    }
  }
}

TEST(RegularExpression, SeveralHoldTogetherAndKnowWhenTheyCannot) {
  auto both = automaton_of({"^[a-f]+$", "e", "^.{3}$"});
  EXPECT_TRUE(accepts(both, "\"aef\""));
  EXPECT_FALSE(accepts(both, "\"aff\""));
  EXPECT_FALSE(accepts(both, "\"aeff\""));
  EXPECT_THROW(automaton_of({"^a$", "^b$"}), Error);
  const auto of = [](const char* pattern) { return std::vector{parse_regular_expression(pattern)}; };
  EXPECT_TRUE(disjoint_json_strings(of("^a+$"), of("^b")));
  EXPECT_FALSE(disjoint_json_strings(of("a$"), of("^b")));
}

TEST(RegularExpression, WhatIsNotUnderstoodIsNamedWithItsPlace) {
  const std::vector<std::pair<std::string, std::string>> faults = {{"a(?=b)", "lookaround"},
                                                                   {"(?<!b)a", "lookaround"},
                                                                   {"(a)\\1", "escape \\1"},
                                                                   {"\\bword", "escape \\b"},
                                                                   {"\\p{L}", "escape \\p"},
                                                                   {"a^b", "anchor"},
                                                                   {"(^a|b)", "anchor"},
                                                                   {"a$b", "anchor"},
                                                                   {"*a", "repetition of nothing"},
                                                                   {"a**", "repetition of a repetition"},
                                                                   {"a{3,2}", "below its beginning"},
                                                                   {"a{99999}", "above 10000"},
                                                                   {"a{x}", "{n}"},
                                                                   {"(a", "( without"},
                                                                   {"a)", ") without"},
                                                                   {"[a", "[ without"},
                                                                   {"[z-a]", "upwards"},
                                                                   {"a]", "bracket"},
                                                                   {"\\", "backslash"},
                                                                   {"\\u12", "hexadecimal"},
                                                                   {"\\uD800", "surrogate"},
                                                                   {std::string(40, '('), "deeper"},
                                                                   {"\xFF", "UTF-8"}};
  for (const auto& [pattern, fault] : faults) {
    try {
      parse_regular_expression(pattern);
      ADD_FAILURE() << pattern;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kConfig);
      EXPECT_THAT(error.message(), testing::HasSubstr(fault));
    }
  }
}

}  // namespace
}  // namespace genre
