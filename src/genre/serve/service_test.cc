// Every route, over real sockets, on a small service in memory.
#include "genre/serve/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "genre/base/random.h"
#include "genre/serve/fake_recommendations.h"
#include "genre/serve/raw_client.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ServiceTest : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("service_test-" + std::to_string(getpid()));
  std::unique_ptr<Service> service_;
  std::unique_ptr<RawClient> client_;
  int port_ = 0;

  void SetUp() override {
    fs::create_directories(folder_);
    start();
  }
  void TearDown() override {
    client_.reset();
    service_.reset();
    fs::remove_all(folder_);
  }
  void start() {
    client_.reset();
    service_.reset();
    service_ =
        std::make_unique<Service>(std::make_unique<FakeRecommendations>(), open_sqlite_store(folder_ / "events.sqlite"),
                                  ServeOptions{.port = 0, .body_limit_kib = 256});
    port_ = service_->start();
    client_ = std::make_unique<RawClient>(port_);
  }
  json ask(const std::string& method, const std::string& target, const std::string& body = {}, int status = 200) {
    const auto answer = client_->ask(method, target, body);
    EXPECT_EQ(answer.status, status) << method << " " << target << " " << body << "\n" << answer.body;
    return json::parse(answer.body);
  }
  std::vector<std::string> items(const json& answer) {
    std::vector<std::string> out;
    for (const auto& item : answer["items"]) out.push_back(item["item"]);
    return out;
  }
};

}  // namespace

TEST_F(ServiceTest, PostRecommendationsTakesEveryField) {
  const json answer =
      ask("POST", "/v1/recommendations",
          R"({"user": "ann", "history": ["30"], "k": 3, "exclude": ["32"], "filter": "year > 1", "explain": true})");
  EXPECT_EQ(items(answer), (std::vector<std::string>{"31", "33", "34"}));
  EXPECT_EQ(answer["strategy"], "personalised");
  EXPECT_TRUE(answer["fallback_reason"].is_null());
  EXPECT_EQ(answer["model"], "fake");
  EXPECT_EQ(answer["recommendation_id"].get<std::string>().size(), 32u);
  EXPECT_EQ(answer["items"][0]["title"], "Item 31");
  EXPECT_EQ(answer["items"][0]["score"], 1);
  EXPECT_EQ(answer["items"][0]["reason"], "because you know Item 30");
  EXPECT_FALSE(ask("POST", "/v1/recommendations", "{}")["items"][0].contains("reason"));
  EXPECT_EQ(ask("POST", "/v1/recommendations", "{}")["items"].size(), 10u);
  EXPECT_EQ(ask("POST", "/v1/recommendations", R"({"history": ["5"]})")["strategy"], "session");
  EXPECT_EQ(ask("POST", "/v1/recommendations", R"({"text": "space"})")["strategy"], "text");
}

TEST_F(ServiceTest, UserRecommendationsDecodeTheId) {
  EXPECT_EQ(items(ask("GET", "/v1/users/ann/recommendations?k=2")), (std::vector<std::string>{"8", "9"}));
  EXPECT_EQ(items(ask("GET", "/v1/users/b%2F%C3%A9/recommendations?k=1&explain=true")),
            (std::vector<std::string>{"21"}));
  const json unknown = ask("GET", "/v1/users/nobody/recommendations");
  EXPECT_EQ(unknown["strategy"], "popular");
  EXPECT_EQ(unknown["fallback_reason"], "the user is unknown");
}

TEST_F(ServiceTest, HistoryIsNewestFirst) {
  EXPECT_EQ(items(ask("GET", "/v1/users/ann/history")), (std::vector<std::string>{"7", "3"}));
  EXPECT_TRUE(ask("GET", "/v1/users/nobody/history")["items"].empty());
}

TEST_F(ServiceTest, SimilarAndSearch) {
  EXPECT_EQ(items(ask("GET", "/v1/items/41/similar?k=2")), (std::vector<std::string>{"42", "43"}));
  EXPECT_EQ(ask("GET", "/v1/items/none/similar", "", 404)["code"], "not_found");
  EXPECT_EQ(items(ask("GET", "/v1/search?q=a+b&k=1")), (std::vector<std::string>{"3"}));
  EXPECT_EQ(ask("GET", "/v1/search", "", 400)["code"], "missing_field");
}

TEST_F(ServiceTest, ExamplesCarryTheirHistory) {
  const json answer = ask("GET", "/v1/examples");
  EXPECT_EQ(answer["users"][0]["user"], "ann");
  EXPECT_EQ(answer["users"][0]["items"][0], (json{{"item", "7"}, {"title", "Item 7"}}));
}

TEST_F(ServiceTest, BadRequestsSayWhatIsWrong) {
  EXPECT_EQ(ask("POST", "/v1/recommendations", R"({"histroy": []})", 400)["hint"], "did you mean \"history\"?");
  EXPECT_EQ(ask("POST", "/v1/recommendations", R"({"k": 0})", 400)["place"], "/k");
  EXPECT_EQ(ask("POST", "/v1/recommendations", R"({"k": 1001})", 400)["code"], "bad_field");
  EXPECT_EQ(ask("GET", "/v1/users/ann/recommendations?k=0", "", 400)["place"], "?k");
  EXPECT_EQ(ask("POST", "/v1/recommendations", R"({"filter": "broken"})", 400)["hint"], "year >= 1990");
  EXPECT_EQ(ask("POST", "/v1/recommendations", "", 400)["code"], "bad_json");
  EXPECT_EQ(ask("GET", "/v2/everything", "", 404)["code"], "unknown_route");
  EXPECT_EQ(ask("DELETE", "/v1/search", "", 405)["code"], "method_not_allowed");
  const json crash = ask("POST", "/v1/recommendations", R"({"text": "crash"})", 500);
  EXPECT_EQ(crash["code"], "internal");
  EXPECT_EQ(crash.dump().find("secret"), std::string::npos);
}

TEST_F(ServiceTest, HealthMetricsAndOpenApi) {
  EXPECT_EQ(ask("GET", "/healthz/live")["status"], "live");
  EXPECT_EQ(ask("GET", "/healthz/ready")["status"], "ready");
  ask("GET", "/v1/search?q=x");
  const std::string metrics = client_->ask("GET", "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("genre_http_requests_total{route=\"GET /v1/search\",status=\"200\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("\ngenre_items 100\n"));
  const json document = ask("GET", "/openapi.json");
  for (const char* path :
       {"/v1/recommendations", "/v1/users/{id}/recommendations", "/v1/users/{id}/history", "/v1/items/{id}/similar",
        "/v1/search", "/v1/events", "/v1/examples", "/healthz/live", "/healthz/ready", "/metrics", "/openapi.json"})
    EXPECT_TRUE(document["paths"].contains(path)) << path;
}

TEST_F(ServiceTest, PageIsServedUnderAStrictPolicy) {
  for (const auto& [path, type] :
       {std::pair("/", "text/html"), std::pair("/app.js", "text/javascript"), std::pair("/style.css", "text/css")}) {
    const auto answer = client_->ask("GET", path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.headers.at("content-type"), std::string(type) + "; charset=utf-8");
    EXPECT_THAT(answer.headers.at("content-security-policy"), HasSubstr("default-src 'none'"));
    EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
  }
}

// Random bytes, random JSON, and valid requests with a few bytes changed.
TEST_F(ServiceTest, FuzzedBodiesAreRefusedAndNeverBreakTheService) {
  RandomStream random(11, "service_test.fuzz");
  const auto byte = [&] { return static_cast<char>(random.below(256)); };
  const std::vector<std::string> pieces = {"{",     "}",     "[", "]",    ",",    ":",           "\"user\"",
                                           "\"k\"", "1e999", "-", "null", "true", "\"\\u0000\"", "\"\\ud800\"",
                                           "NaN",   "\xff",  " ", "\n",   "5"};
  int sent = 0;
  while (sent < 2000) {
    std::string body;
    if (sent % 3 == 0) {
      for (std::size_t i = random.below(200); i > 0; --i) body += byte();
    } else if (sent % 3 == 1) {
      for (std::size_t i = random.below(40); i > 0; --i) body += pieces[random.below(pieces.size())];
    } else {
      body = sent % 2 == 0 ? R"({"user":"ann","history":["1"],"k":5,"explain":true})"
                           : R"([{"type":"view","user":"u","item":"1","value":2}])";
      // The quote in front of a name, so that no change of value alone leaves a valid request.
      body[body.find('"')] = static_cast<char>(random.below(32));
      for (std::size_t i = random.below(4); i > 0; --i) body[random.below(body.size())] = byte();
    }
    const std::string target = sent % 2 == 0 ? "/v1/recommendations" : "/v1/events";
    const auto answer = client_->ask("POST", target, body);
    // Chance may write a request without fault, such as {}.
    const bool may_be_valid = target == "/v1/recommendations" && json::accept(body) && json::parse(body).is_object();
    ASSERT_TRUE(answer.status >= 400 || may_be_valid) << body;
    ASSERT_LT(answer.status, 500) << body;
    ASSERT_TRUE(json::accept(answer.body)) << answer.body;
    ++sent;
  }
  EXPECT_EQ(ask("GET", "/healthz/ready")["status"], "ready");
}

}  // namespace genre
