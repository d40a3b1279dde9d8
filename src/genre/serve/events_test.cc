#include "genre/serve/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "genre/serve/fake_recommendations.h"
#include "genre/serve/raw_client.h"
#include "genre/serve/service.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

class EventsTest : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("events_test-" + std::to_string(getpid()));
  std::unique_ptr<Service> service_;
  int port_ = 0;

  void SetUp() override {
    fs::create_directories(folder_);
    start();
  }
  void TearDown() override {
    service_.reset();
    fs::remove_all(folder_);
  }
  void start() {
    service_.reset();
    service_ = std::make_unique<Service>(std::make_unique<FakeRecommendations>(),
                                         open_sqlite_store(folder_ / "events.sqlite"), ServeOptions{.port = 0});
    port_ = service_->start();
  }
  json post(const std::string& body, int status = 200, const std::string& type = "application/json") {
    const auto answer = RawClient(port_).ask("POST", "/v1/events", body, "Content-Type: " + type + "\r\n");
    EXPECT_EQ(answer.status, status) << body << "\n" << answer.body;
    return json::parse(answer.body);
  }
  std::string first_recommendation(const std::string& user) {
    return json::parse(
        RawClient(port_).ask("GET", "/v1/users/" + user + "/recommendations?k=1").body)["items"][0]["item"];
  }
  std::string rejection(const std::string& event) { return post(event, 422)["rejected"][0]["code"]; }
};

}  // namespace

TEST_F(EventsTest, EventChangesTheNextAnswer) {
  EXPECT_EQ(first_recommendation("ann"), "8");
  EXPECT_EQ(post(R"({"type": "view", "user": "ann", "item": "50"})"),
            (json{{"accepted", 1}, {"duplicates", 0}, {"rejected", json::array()}}));
  EXPECT_EQ(first_recommendation("ann"), "51");
  post(
      R"({"type": "view", "user": "new", "item": "60", "value": 2.5, "timestamp": "2026-01-31T12:00:00Z", "event_id": "e"})");
  EXPECT_EQ(first_recommendation("new"), "61");
}

TEST_F(EventsTest, AcknowledgedEventsSurviveARestart) {
  post(
      R"([{"type": "view", "user": "ann", "item": "50"}, {"type": "view", "user": "ann", "item": "70", "event_id": "e"}])");
  start();
  EXPECT_EQ(first_recommendation("ann"), "71");
  EXPECT_EQ(post(R"({"type": "view", "user": "ann", "item": "20", "event_id": "e"})")["duplicates"], 1);
  EXPECT_EQ(first_recommendation("ann"), "71") << "a duplicate was applied";
}

TEST_F(EventsTest, ListsAndLinesAreTakenOneByOne) {
  const std::string good = R"({"type": "view", "user": "u", "item": "1"})",
                    bad = R"({"type": "view", "user": "u", "item": "none"})";
  json answer = post("[" + good + "," + bad + "," + good + "]");
  EXPECT_EQ(answer["accepted"], 2);
  EXPECT_EQ(answer["rejected"],
            json::parse(R"([{"index": 1, "code": "unknown_item", "message": "the catalogue has no item \"none\""}])"));
  answer = post(good + "\r\n\n{broken\n" + good, 200, "application/x-ndjson");
  EXPECT_EQ(answer["accepted"], 2);
  EXPECT_EQ(answer["rejected"][0]["index"], 1);
  EXPECT_EQ(answer["rejected"][0]["code"], "bad_json");
  EXPECT_EQ(post(good + "\n" + good + "\n", 200, "application/x-www-form-urlencoded")["accepted"], 2)
      << "lines without their type";
  EXPECT_EQ(post("{\n\"type\": \"view\",\n \"user\": \"u\", \"item\": \"1\"}\n")["accepted"], 1)
      << "one object over several lines";
}

TEST_F(EventsTest, EachFaultHasItsCode) {
  EXPECT_EQ(rejection(R"({"user": "u", "item": "1"})"), "missing_field");
  EXPECT_EQ(rejection(R"({"type": "view", "user": "u", "item": "1", "vlaue": 3})"), "unknown_field");
  EXPECT_EQ(rejection(R"({"type": "view", "user": "u", "item": "101"})"), "unknown_item");
  EXPECT_EQ(rejection(R"({"type": "view", "user": "u", "item": "1", "value": "NaN"})"), "bad_field");
  EXPECT_EQ(rejection(R"({"type": "view", "user": "u", "item": "1", "value": 1e39})"), "bad_field");
  EXPECT_EQ(rejection(R"({"type": "view", "user": "u", "item": "1", "timestamp": "yesterday"})"), "bad_field");
  EXPECT_EQ(rejection(R"({"type": "view", "user": ")" + std::string(257, 'u') + R"(", "item": "1"})"), "bad_field");
  EXPECT_EQ(rejection(R"({"type": "view", "user": "", "item": "1"})"), "bad_field");
  EXPECT_EQ(rejection(R"(5)"), "bad_field");
  EXPECT_EQ(post(R"({"type": "view", "user": "u", "item": "1", "value": NaN})", 400)["code"], "bad_json");
  EXPECT_EQ(post("[]", 400)["code"], "no_events");
  EXPECT_EQ(post("", 400)["code"], "bad_json");
  EXPECT_EQ(post("\n\n", 400, "application/x-ndjson")["code"], "no_events");
}

TEST_F(EventsTest, RefusalOfAllIsAProblemWithTheList) {
  const json answer = post(R"({"type": "view", "user": "u", "item": "none"})", 422);
  EXPECT_EQ(answer["status"], 422);
  EXPECT_EQ(answer["code"], "events_rejected");
  EXPECT_EQ(answer["accepted"], 0);
}

TEST_F(EventsTest, ConcurrentPostsAreAllStored) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      RawClient client(port_);
      for (int i = 0; i < 25; ++i) {
        const std::string id = std::to_string(t * 100 + i);
        EXPECT_EQ(client
                      .ask("POST", "/v1/events",
                           R"({"type": "view", "user": "u)" + std::to_string(t) + R"(", "item": "1", "event_id": ")" +
                               id + "\"}")
                      .status,
                  200);
      }
    });
  for (auto& thread : threads) thread.join();
  service_.reset();
  EXPECT_EQ(open_sqlite_store(folder_ / "events.sqlite")->size(), 200);
}

namespace {

// A disk that has failed.
class BrokenStore : public EventStore {
 public:
  std::vector<Appended> append(std::span<const StoredEvent>) override { throw error(); }
  void append_async(std::vector<StoredEvent> events, AppendDone done) override {
    done(events, {}, std::make_exception_ptr(error()));
  }
  std::int64_t replay(std::int64_t position, const std::function<void(const StoredEvent&)>&) const override {
    return position;
  }
  std::int64_t size() const override { return 0; }
  bool writable() const override { return false; }

 private:
  static Error error() { return Error(ErrorCode::kResources, "the disk is full", "free disk space"); }
};

}  // namespace

TEST(BrokenDisk, EventsGet507RecommendationsGoOnAndReadinessSaysDegraded) {
  Service service(std::make_unique<FakeRecommendations>(), std::make_unique<BrokenStore>(), {.port = 0});
  RawClient client(service.start());
  const auto answer = client.ask("POST", "/v1/events", R"({"type": "view", "user": "ann", "item": "50"})");
  EXPECT_EQ(answer.status, 507);
  EXPECT_EQ(json::parse(answer.body)["hint"], "free disk space");
  EXPECT_EQ(json::parse(client.ask("GET", "/v1/users/ann/recommendations?k=1").body)["items"][0]["item"], "8")
      << "an event that was not stored was applied";
  EXPECT_EQ(json::parse(client.ask("GET", "/healthz/ready").body)["status"], "degraded");
}

}  // namespace genre
