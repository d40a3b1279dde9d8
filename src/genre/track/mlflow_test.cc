#include "genre/track/mlflow.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "genre/base/file.h"
#include "genre/base/test_server.h"
#include "genre/track/run_folder.h"

namespace genre {
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

// What a server holds after it was told; the requests as they came.
struct FakeMlflow {
  std::vector<std::string> requests;
  std::string fault;  // sent in place of every answer, unless empty
  std::size_t largest = 0;
  std::map<std::string, std::string> parameters;
  std::map<std::string, std::vector<std::int64_t>> steps;  // as logged, by metric
  std::vector<std::string> statuses;
  Json last_values;

  std::string reply(const std::string& request) {
    requests.push_back(request);
    if (!fault.empty()) return fault;
    const auto path = request.substr(0, request.find(" HTTP"));
    const std::string body = request.substr(request.find("\r\n\r\n") + 4);
    largest = std::max(largest, body.size());
    const Json fields = Json::parse(body, nullptr, false);
    if (path.find("experiments/get-by-name?experiment_name=a%20b") != std::string::npos)
      return TestServer::answer("404 Not Found", R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"none"})");
    if (path.ends_with("experiments/create")) return ok({{"experiment_id", "7"}});
    if (path.ends_with("runs/create")) return ok({{"run", {{"info", {{"run_id", "r1"}}}}}});
    if (path.find("runs/get?run_id=r1") != std::string::npos) {
      Json metrics = Json::array(), params = Json::array();
      for (const auto& [name, all] : steps) metrics.push_back({{"key", name}, {"value", 0.5}, {"step", all.back()}});
      for (const auto& [name, value] : parameters) params.push_back({{"key", name}, {"value", value}});
      return ok({{"run", {{"data", {{"metrics", metrics}, {"params", params}}}}}});
    }
    if (path.ends_with("runs/update")) statuses.push_back(fields["status"]);
    if (path.ends_with("runs/log-batch")) {
      for (const Json& one : fields.value("params", Json::array())) parameters[one["key"]] = one["value"];
      for (const Json& one : fields.value("metrics", Json::array())) {
        steps[one["key"]].push_back(one["step"]);
        last_values[one["key"].get<std::string>()] = one["value"];
      }
    }
    return ok(Json::object());
  }
  static std::string ok(const Json& json) { return TestServer::answer("200 OK", json.dump()); }
};

}  // namespace

class MlflowTest : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("mlflow_test-" + std::to_string(getpid()));
  RunFolder run_ = RunFolder::create({}, "x", "", folder_);
  FakeMlflow fake_;

  void TearDown() override {
    for (const char* name : {"MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"})
      unsetenv(name);
    fs::remove_all(folder_);
  }
  // What was logged before, sent to the fake server, which is gone when this returns.
  std::string send(MlflowRun::Status status, const MlflowRun::Parameters& parameters = {}) {
    testing::internal::CaptureStderr();
    TestServer server([this](const std::string& request) { return fake_.reply(request); });
    // Every server has another port; the state is that of the address.
    if (fs::exists(folder_ / "mlflow.json")) {
      Json state = Json::parse(read_file(folder_ / "mlflow.json"));
      state["server"] = server.address();
      write_file_atomic(folder_ / "mlflow.json", state.dump());
    }
    MlflowRun run(run_, {.mlflow = server.address() + "/", .experiment = "a b"}, parameters);
    run.close(status);
    return testing::internal::GetCapturedStderr();
  }
  void log(std::int64_t from, std::int64_t to) {
    for (std::int64_t step = from; step <= to; ++step) run_.log_metric(step, "train", "loss", 0.5);
  }
  static std::vector<std::int64_t> range(std::int64_t count) {
    std::vector<std::int64_t> out;
    for (std::int64_t i = 1; i <= count; ++i) out.push_back(i);
    return out;
  }
};

TEST_F(MlflowTest, TheServerHasEveryMetricOnceAndTheStatus) {
  log(1, 2500);
  run_.log_metric(2500, "valid", "ndcg@10", std::nan(""));
  EXPECT_EQ(send(MlflowRun::Status::kFinished), "");
  EXPECT_EQ(fake_.steps["train/loss"], range(2500));
  EXPECT_EQ(fake_.last_values["valid/ndcg_10"], "NaN") << "a name without what the server refuses";
  EXPECT_EQ(fake_.statuses, (std::vector<std::string>{"FINISHED"}));
  EXPECT_LE(fake_.largest, 49152u);
}

TEST_F(MlflowTest, ParametersKeepTheLimitsOfTheServer) {
  MlflowRun::Parameters parameters = {{"finetune.examples.0.path", "a.csv"}, {std::string(300, 'k') + "@", "v"}};
  std::string accents;
  for (int i = 0; i < 400; ++i) accents += "\xc3\xa9";
  parameters.emplace_back("long", accents);
  for (int i = 0; i < 300; ++i) parameters.emplace_back("p" + std::to_string(i), std::string(490, '\x01'));
  EXPECT_EQ(send(MlflowRun::Status::kFinished, parameters), "");
  EXPECT_EQ(fake_.parameters.size(), parameters.size());
  EXPECT_EQ(fake_.parameters["finetune.examples.0.path"], "a.csv");
  EXPECT_EQ(fake_.parameters[std::string(250, 'k')], "v");
  EXPECT_LE(fake_.parameters["long"].size(), 500u);
  EXPECT_TRUE(fake_.parameters["long"].ends_with("\xc3\xa9...")) << "cut between characters";
  EXPECT_LE(fake_.largest, 49152u);
}

TEST_F(MlflowTest, AResumedTrainingGoesOnInItsRunAndRepeatsNothing) {
  log(1, 70);
  send(MlflowRun::Status::kKilled, {{"seed", "7"}});
  fake_.parameters.clear();  // what a server says is what it has
  run_.forget_metrics_after(40);
  log(41, 90);
  EXPECT_EQ(send(MlflowRun::Status::kFinished, {{"seed", "7"}}), "");
  EXPECT_EQ(fake_.steps["train/loss"], range(90));
  EXPECT_EQ(fake_.parameters["seed"], "7");
  EXPECT_EQ(fake_.statuses, (std::vector<std::string>{"KILLED", "RUNNING", "FINISHED"}));
  int made = 0;
  for (const auto& request : fake_.requests) made += request.find("runs/create") != std::string::npos ? 1 : 0;
  EXPECT_EQ(made, 1);
}

TEST_F(MlflowTest, AHostileServerIsWarnedOfAndGetsTheRestLater) {
  log(1, 5);
  const std::vector<std::string> faults = {TestServer::answer("500 Oops", "<html>"),
                                           TestServer::answer("200 OK", "[1]"),
                                           TestServer::answer("200 OK", R"({"experiment":7,"run":"x"})"), "garbage\n",
                                           TestServer::answer("403 No", R"({"message":"go away"})")};
  for (const auto& fault : faults) {
    fake_.fault = fault;
    const std::string said = send(MlflowRun::Status::kFinished);
    EXPECT_NE(said.find("does not have all of this run"), std::string::npos) << said;
    EXPECT_TRUE(fake_.steps.empty());
  }
  fake_.fault.clear();
  EXPECT_EQ(send(MlflowRun::Status::kFinished), "");
  EXPECT_EQ(fake_.steps["train/loss"], range(5));
}

TEST_F(MlflowTest, AServerThatIsNotThereEndsNothing) {
  log(1, 5);
  testing::internal::CaptureStderr();
  MlflowRun(run_, {.mlflow = "http://127.0.0.1:1"}, {}).close(MlflowRun::Status::kFinished);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("127.0.0.1"), std::string::npos);
}

TEST_F(MlflowTest, ADamagedStateMakesANewRun) {
  for (const char* state : {"", "[]", "{\"run_id\":5,\"steps\":[1],\"parameters\":\"yes\"}"}) {
    write_file_atomic(folder_ / "mlflow.json", state);
    if (std::string_view(state).empty() || state[0] == '[') {
      TestServer server([this](const std::string& request) { return fake_.reply(request); });
      MlflowRun(run_, {.mlflow = server.address(), .experiment = "a b"}, {}).close(MlflowRun::Status::kFinished);
    } else {
      EXPECT_EQ(send(MlflowRun::Status::kFinished), "");
    }
    EXPECT_EQ(fake_.statuses.back(), "FINISHED");
  }
}

TEST_F(MlflowTest, CredentialsComeFromTheEnvironmentAndStayOutOfEveryFileAndMessage) {
  setenv("MLFLOW_TRACKING_USERNAME", "me", 1);
  setenv("MLFLOW_TRACKING_PASSWORD", "pass-word", 1);
  send(MlflowRun::Status::kFinished);
  EXPECT_NE(fake_.requests.back().find("Authorization: Basic bWU6cGFzcy13b3Jk"), std::string::npos);
  setenv("MLFLOW_TRACKING_TOKEN", "tok-en", 1);
  fake_.fault = TestServer::answer("401 No", R"({"message":"the token tok-en of pass-word is wrong"})");
  const std::string said = send(MlflowRun::Status::kFinished);
  EXPECT_NE(fake_.requests.back().find("Authorization: Bearer tok-en\r\n"), std::string::npos);
  EXPECT_NE(said.find("401"), std::string::npos);
  for (const char* secret : {"tok-en", "pass-word"}) {
    EXPECT_EQ(said.find(secret), std::string::npos) << said;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (!entry.is_regular_file()) continue;
      EXPECT_EQ(read_file(entry.path()).find(secret), std::string::npos) << entry.path();
    }
  }
}

}  // namespace genre
