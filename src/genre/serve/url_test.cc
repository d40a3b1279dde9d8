#include "genre/serve/url.h"

#include <gtest/gtest.h>

#include "genre/serve/problem.h"

namespace genre {

using Pairs = std::vector<std::pair<std::string, std::string>>;
using Segments = std::vector<std::string>;

TEST(Url, EscapesAreDecodedWithinSegments) {
  const Target target = parse_target("/v1/users/a%2Fb%20%C3%A9/recommendations?k=3&q=a+b%2B&flag&k=4&");
  EXPECT_EQ(target.segments, (Segments{"v1", "users", "a/b \xc3\xa9", "recommendations"}));
  EXPECT_EQ(target.query, (Pairs{{"k", "3"}, {"q", "a b+"}, {"flag", ""}, {"k", "4"}}));
}

TEST(Url, RootHasOneEmptySegment) { EXPECT_EQ(parse_target("/").segments, Segments{""}); }

TEST(Url, AbsoluteFormIsItsPath) {
  EXPECT_EQ(parse_target("http://localhost:80/v1/search?q=x").segments, (Segments{"v1", "search"}));
}

TEST(Url, BrokenTargetsAreRefused) {
  for (const char* bad :
       {"", "*", "v1", "/%", "/%4", "/%zz", "/%ff", "/a#b", "/x?q=%80", "http://host", "localhost:80", "?/x"})
    EXPECT_THROW(parse_target(bad), Problem) << bad;
}

}  // namespace genre
