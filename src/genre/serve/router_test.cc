#include "genre/serve/router.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "genre/serve/openapi.h"

namespace genre {
namespace {

Router example() {
  Router router;
  router.add({.method = "GET",
              .path = "/v1/items/{id}/similar",
              .summary = "similar",
              .parameters = {{.name = "id", .place = ParameterPlace::kPath, .minimum = 1, .maximum = 8, .doc = ""},
                             {.name = "k",
                              .place = ParameterPlace::kQuery,
                              .type = ParameterType::kInteger,
                              .minimum = 1,
                              .maximum = 9,
                              .doc = "how many"}},
              .answer = "Recommendations",
              .handler = immediate([](const HttpRequest&, const Arguments& a) {
                return HttpResponse{.body = a.text("id") + ":" + std::to_string(a.integer("k", 5))};
              })});
  router.add(
      {.method = "POST",
       .path = "/v1/things",
       .summary = "things",
       .parameters = {{.name = "name", .presence = Presence::kRequired, .minimum = 1, .maximum = 8, .doc = "its name"}},
       .body = BodyKind::kObject,
       .handler =
           immediate([](const HttpRequest&, const Arguments& a) { return HttpResponse{.body = a.text("name")}; })});
  return router;
}

HttpResponse ask(const Router& router, HttpRequest request) {
  HttpResponse out{.status = 0};
  router.dispatch(request, [&](HttpResponse response) {
    EXPECT_EQ(out.status, 0) << "replied twice";
    out = std::move(response);
  });
  return out;
}
HttpResponse get(const std::string& target, const std::string& method = "GET") {
  return ask(example(), {.method = method, .target = target});
}

std::string code(const HttpResponse& response) { return nlohmann::json::parse(response.body)["code"]; }

}  // namespace

TEST(Router, ArgumentsComeFromPathQueryAndBody) {
  EXPECT_EQ(get("/v1/items/a%2Fb/similar?k=3").body, "a/b:3");
  EXPECT_EQ(get("/v1/items/x/similar", "HEAD").body, "x:5");
  const HttpResponse response = ask(example(), {.method = "POST", .target = "/v1/things", .body = R"({"name": "n"})"});
  EXPECT_EQ(response.body, "n");
  EXPECT_EQ(response.route, "POST /v1/things");
}

TEST(Router, UnknownPathIs404WithTheNearest) {
  const HttpResponse response = get("/v1/thing");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(code(response), "unknown_route");
  EXPECT_NE(response.body.find("did you mean /v1/things?"), std::string::npos);
  EXPECT_EQ(get("/v1/items/a/similar/").status, 404);
  EXPECT_EQ(get("//").status, 404);
}

TEST(Router, WrongMethodIs405WithAllow) {
  const HttpResponse response = get("/v1/items/a/similar", "DELETE");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers, (std::vector<std::pair<std::string, std::string>>{{"Allow", "GET, HEAD"}}));
}

TEST(Router, BadArgumentsAre400) {
  EXPECT_EQ(get("/v1/items/123456789/similar").status, 400);
  EXPECT_EQ(get("/v1/items//similar").status, 400);
  EXPECT_EQ(code(get("/v1/items/a/similar?k=10")), "bad_field");
  EXPECT_EQ(code(get("/v1/items/a/similar?K=3")), "unknown_field");
  EXPECT_EQ(code(get("/v1/items/%ff/similar")), "bad_target");
  EXPECT_EQ(code(ask(example(), {.method = "POST", .target = "/v1/things", .body = "{"})), "bad_json");
}

TEST(Router, WritesFromPagesOfOtherOriginsAreRefused) {
  HttpRequest request{.method = "POST",
                      .target = "/v1/things",
                      .headers = {{"host", "localhost:80"}, {"origin", "http://evil.example"}},
                      .body = R"({"name": "n"})"};
  EXPECT_EQ(ask(example(), request).status, 403);
  request.headers["origin"] = "http://localhost:80";
  EXPECT_EQ(ask(example(), request).status, 200);
}

TEST(Router, ExceptionsBecomeProblems) {
  Router router;
  router.add(
      {.method = "GET", .path = "/x", .summary = "", .handler = [](const HttpRequest&, const Arguments&, const Reply&) {
         throw std::runtime_error("no");
       }});
  const HttpResponse response = ask(router, {.method = "GET", .target = "/x"});
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.route, "GET /x");
}

TEST(OpenApi, ListsEveryRouteWithItsParameters) {
  const auto document = nlohmann::json::parse(openapi_document(example().routes()));
  EXPECT_EQ(document["openapi"], "3.1.0");
  const auto& similar = document["paths"]["/v1/items/{id}/similar"]["get"];
  EXPECT_EQ(similar["parameters"][0]["in"], "path");
  EXPECT_EQ(similar["parameters"][1]["schema"], (nlohmann::json{{"type", "integer"}, {"minimum", 1}, {"maximum", 9}}));
  const auto& body = document["paths"]["/v1/things"]["post"]["requestBody"]["content"]["application/json"]["schema"];
  EXPECT_EQ(body["required"], nlohmann::json{"name"});
  EXPECT_EQ(body["properties"]["name"]["type"], "string");
}

TEST(OpenApi, EveryReferenceHasItsSchema) {
  const std::string text = openapi_document(example().routes());
  const auto schemas = nlohmann::json::parse(text)["components"]["schemas"];
  const std::string mark = "#/components/schemas/";
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const std::string name = text.substr(at + mark.size(), text.find('"', at) - at - mark.size());
    EXPECT_TRUE(schemas.contains(name)) << name;
  }
}

}  // namespace genre
