#include "genre/lm/string_format.h"

#include <gtest/gtest.h>

#include "genre/base/random.h"
#include "genre/lm/automaton_test.h"
#include "genre/lm/byte_automaton.h"
#include "genre/lm/json_string_graph.h"
#include "genre/lm/schema_validator_test.h"

namespace genre {
namespace {

ByteAutomaton automaton_of(const std::string& format) {
  const RegularExpression expression = parse_regular_expression(string_format_pattern(format).value());
  ByteGraph graph;
  const auto start = graph.add(), end = add_json_string(graph, start, {&expression, 1});
  return {std::move(graph), start, end};
}

bool format_accepts(const std::string& format, const std::string& text) {
  auto automaton = automaton_of(format);
  return accepts(automaton, '"' + text + '"');
}

TEST(StringFormat, EveryDayOfFourCenturiesIsADateAndNoOtherIs) {
  auto automaton = automaton_of("date");
  int days = 0;
  for (int year = 1900; year < 2300; ++year) {
    for (int month = 0; month <= 13; ++month) {
      for (int day = 0; day <= 32; ++day) {
        char text[24];
        std::snprintf(text, sizeof text, "\"%04d-%02d-%02d\"", year, month, day);
        auto state = automaton.start();
        for (const char* c = text; *c != 0 && state >= 0; ++c)
          state = automaton.step(state, static_cast<unsigned char>(*c));
        const bool found = state >= 0 && automaton.accepts(state);
        ASSERT_EQ(found, satisfies_date(std::string(text + 1, 10))) << text;
        days += found;
      }
    }
  }
  EXPECT_EQ(days, 146'097);
}

TEST(StringFormat, KnowsGoodFromBad) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> good = {
      {"time", {"00:00:00Z", "23:59:59.123+05:30"}},
      {"date-time", {"2024-02-29T12:00:00Z"}},
      {"uuid", {"123e4567-e89b-12d3-a456-426614174000"}},
      {"email", {"a@b.de", "first.last+tag@mail.example.org"}},
      {"uri", {"https://example.org", "ftp://h:21/a/b%20c?x=1&y=/#top"}}};
  for (const auto& [format, texts] : good)
    for (const auto& text : texts) EXPECT_TRUE(format_accepts(format, text)) << text;
  const std::vector<std::pair<std::string, std::vector<std::string>>> bad = {
      {"time", {"24:00:00Z", "12:60:00Z", "12:00:60Z", "12:00:00", "12:00Z", "12:00:00.Z"}},
      {"date-time", {"2023-02-29T12:00:00Z", "2024-02-29 12:00:00Z", "2024-02-29"}},
      {"uuid", {"123e4567-e89b-12d3-a456-42661417400", "123e4567e89b12d3a456426614174000"}},
      {"email", {"a@b", "@b.de", ".a@b.de", "a..b@c.de", "a@-b.de", "a b@c.de"}},
      {"uri", {"example.org", "https://", "https://exa mple.org", "https://h/%2", "://h"}}};
  for (const auto& [format, texts] : bad)
    for (const auto& text : texts) EXPECT_FALSE(format_accepts(format, text)) << text;
  EXPECT_FALSE(string_format_pattern("hostname"));
}

TEST(StringFormat, RandomWalksSatisfyAPlainValidator) {
  RandomStream random(3, "test");
  for (const char* const format : {"date", "time", "date-time", "uuid", "email", "uri"}) {
    auto automaton = automaton_of(format);
    for (int walk = 0; walk < 300; ++walk) {
      std::string text;
      auto state = automaton.start();
      const std::size_t enough = random.below(40);
      while (automaton.continues(state) && text.size() < enough) {
        const auto byte = static_cast<unsigned char>(random.below(128));
        const auto next = automaton.step(state, byte);
        if (next < 0) continue;
        state = next;
        text += static_cast<char>(byte);
      }
      const auto value = nlohmann::json::parse(text + automaton.shortest(state)).get<std::string>();
      ASSERT_TRUE(satisfies_format(value, format)) << format << ": " << value;
    }
  }
}

}  // namespace
}  // namespace genre
