#include "genre/serve/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace genre {

using testing::HasSubstr;
using testing::Not;

TEST(Metrics, CountsByRouteAndStatus) {
  Metrics metrics;
  metrics.add_route("GET /x");
  metrics.observe("GET /x", 200, 0.001);
  metrics.observe("GET /x", 200, 0.3);
  metrics.observe("GET /x", 404, 60);
  metrics.observe("GET /made-up", 404, 0.1);  // a label nobody named must not grow the page
  const std::string text =
      metrics.text({.model = "ease \"1\"", .digest = "ab", .users = 3, .items = 4, .events_stored = 5});
  EXPECT_THAT(text, HasSubstr("genre_http_requests_total{route=\"GET /x\",status=\"200\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("genre_http_requests_total{route=\"GET /x\",status=\"404\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("genre_http_requests_total{route=\"none\",status=\"404\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("made-up")));
  EXPECT_THAT(text, HasSubstr("genre_http_request_seconds_bucket{route=\"GET /x\",le=\"0.0005\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("genre_http_request_seconds_bucket{route=\"GET /x\",le=\"0.001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("genre_http_request_seconds_bucket{route=\"GET /x\",le=\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("genre_http_request_seconds_bucket{route=\"GET /x\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("genre_http_request_seconds_count{route=\"GET /x\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("genre_model_info{model=\"ease \\\"1\\\"\",digest=\"ab\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\ngenre_users 3\n"));
  EXPECT_THAT(text, HasSubstr("\ngenre_items 4\n"));
}

}  // namespace genre
