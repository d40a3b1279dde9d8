#include "genre/serve/problem.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace genre {
namespace {

HttpResponse respond(auto thrown) { return response_to_exception(std::make_exception_ptr(thrown), "r1"); }

}  // namespace

TEST(Problem, EveryErrorCodeHasAStatus) {
  EXPECT_EQ(http_status(ErrorCode::kUsage), 400);
  EXPECT_EQ(http_status(ErrorCode::kNotFound), 404);
  EXPECT_EQ(http_status(ErrorCode::kResources), 507);
  EXPECT_EQ(http_status(ErrorCode::kDependency), 503);
  for (const auto code : {ErrorCode::kRuntime, ErrorCode::kConfig, ErrorCode::kData}) EXPECT_EQ(http_status(code), 500);
}

TEST(Problem, DocumentCarriesCodeHintAndRequestId) {
  const HttpResponse response = respond(Error(ErrorCode::kNotFound, "there is no item 9", "try another"));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(nlohmann::json::parse(response.body), (nlohmann::json{{"type", "about:blank"},
                                                                  {"title", "Not Found"},
                                                                  {"status", 404},
                                                                  {"detail", "there is no item 9"},
                                                                  {"code", "not_found"},
                                                                  {"hint", "try another"},
                                                                  {"request_id", "r1"}}));
}

TEST(Problem, PathsOfTheServerStayInside) {
  const HttpResponse response = respond(Error(ErrorCode::kData, "damaged", "", {.file = "events-secret.sqlite"}));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
}

TEST(Problem, TextOfAnUnforeseenExceptionIsNotShown) {
  const HttpResponse response = respond(std::runtime_error("password 123"));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("password"), std::string::npos);
  EXPECT_NE(response.body.find("\"internal\""), std::string::npos);
}

TEST(Problem, TextThatIsNotUtf8StillGivesADocument) {
  EXPECT_TRUE(nlohmann::json::accept(respond(Problem(400, "x", "bad \xff byte")).body));
}

}  // namespace genre
