#include "genre/track/mlflow.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/http_request.h"
#include "genre/base/log.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr auto kPause = std::chrono::seconds(2), kPauseAfterProblem = std::chrono::seconds(30);
// Limits of the server (mlflow/utils/validation.py; the value is that of its early versions).
constexpr std::size_t kMostMetrics = 1000, kMostParameters = 100, kLongestName = 250, kLongestValue = 500;

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// What the server allows in a name: letters, digits and "_-. :/".
std::string allowed_name(std::string name) {
  name.resize(std::min(name.size(), kLongestName));
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 &&
        std::string_view("_-. :/").find(c) == std::string_view::npos)
      c = '_';
  return name;
}

// At most kLongestValue bytes, cut between characters.
std::string allowed_value(std::string value) {
  if (value.size() <= kLongestValue) return value;
  std::size_t end = kLongestValue - 3;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
  return value.substr(0, end) + "...";
}

std::string as_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string text(const Json& json, const char* key) {
  return json.is_object() && json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : "";
}

const Json& child(const Json& json, const char* key) {
  static const Json kNothing = Json::object();
  return json.is_object() && json.contains(key) ? json[key] : kNothing;
}

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Json read_state(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder / "mlflow.json", error)) return {};
  return Json::parse(read_file(folder / "mlflow.json"), nullptr, /*allow_exceptions=*/false);
}

}  // namespace

MlflowRun::MlflowRun(const RunFolder& run, const TrackOptions& options, Parameters parameters)
    : folder_(run.path()),
      name_(run.name()),
      options_(options),
      parameters_(std::move(parameters)),
      metrics_(folder_ / "metrics.jsonl") {
  while (options_.mlflow.ends_with('/')) options_.mlflow.pop_back();
  const Json state = read_state(folder_);
  if (text(state, "server") == options_.mlflow && text(state, "experiment") == options_.experiment)
    run_ = text(state, "run_id");
  thread_ = std::thread([this] { work(); });
}

MlflowRun::~MlflowRun() {
  if (thread_.joinable()) close(Status::kFailed);
}

void MlflowRun::work() {
  std::unique_lock lock(mutex_);
  while (!closing_) {
    lock.unlock();
    std::string problem;
    try {
      send_new();
    } catch (const std::exception& error) {
      problem = error.what();
    }
    lock.lock();
    if (!problem.empty() && !std::exchange(warned_, true))
      log_warning("MLflow at " + options_.mlflow + ": " + problem + "; the training goes on, and this is tried again");
    wake_.wait_for(lock, problem.empty() ? kPause : kPauseAfterProblem, [&] { return closing_; });
  }
}

void MlflowRun::close(Status status) {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  thread_.join();
  static constexpr const char* kNames[] = {"FINISHED", "FAILED", "KILLED"};
  try {
    send_new();
    ask("POST", "runs/update", {{"run_id", run_}, {"status", kNames[static_cast<int>(status)]}, {"end_time", now()}});
  } catch (const std::exception& error) {
    log_warning("MLflow at " + options_.mlflow + " does not have all of this run: " + error.what() +
                "; metrics.jsonl has, and --resume sends the rest");
  }
}

void MlflowRun::send_new() {
  if (!opened_) open_run();
  if (!has_parameters_) send_parameters();
  for (;;) {
    if (waiting_.empty()) waiting_ = metrics_.next(kMostMetrics);
    if (waiting_.empty()) return;
    send(waiting_);
    waiting_.clear();
  }
}

void MlflowRun::open_run() {
  if (!run_.empty()) {
    // What was sent by a process that was killed before it heard the answer is there too: the server knows best.
    const Json data = child(child(ask("GET", "runs/get?run_id=" + percent_encode(run_), {}), "run"), "data");
    for (const Json& metric : child(data, "metrics"))
      if (child(metric, "step").is_number_integer()) on_server_[text(metric, "key")] = metric["step"];
    has_parameters_ = child(data, "params").size() >= parameters_.size();
    ask("POST", "runs/update", {{"run_id", run_}, {"status", "RUNNING"}});
    opened_ = true;
    return;
  }
  const auto experiment = [&] {
    return text(child(ask("GET", "experiments/get-by-name?experiment_name=" + percent_encode(options_.experiment), {}),
                      "experiment"),
                "experiment_id");
  };
  std::string id = experiment();
  if (id.empty()) {
    // Somebody else may make it at the same moment: then it is there.
    id = text(ask("POST", "experiments/create", {{"name", options_.experiment}}), "experiment_id");
    if (id.empty()) id = experiment();
  }
  const Json made = ask("POST", "runs/create",
                        {{"experiment_id", id},
                         {"run_name", name_},
                         {"start_time", now()},
                         {"tags", Json::array({Json{{"key", "mlflow.source.name"}, {"value", "genre"}}})}});
  run_ = text(child(child(made, "run"), "info"), "run_id");
  if (run_.empty()) throw Error(ErrorCode::kDependency, "the server made no run");
  opened_ = true;
  const Json state = {{"server", options_.mlflow}, {"experiment", options_.experiment}, {"run_id", run_}};
  write_file_atomic(folder_ / "mlflow.json", state.dump(2) + "\n");
}

void MlflowRun::send_parameters() {
  Json items = Json::array();
  for (const auto& [name, value] : parameters_)
    items.push_back({{"key", allowed_name(name)}, {"value", allowed_value(value)}});
  send_batches("params", items);
  has_parameters_ = true;
}

void MlflowRun::send(const std::vector<MetricLine>& lines) {
  Json items = Json::array();
  auto on_server = on_server_;
  for (const MetricLine& line : lines) {
    const std::string name = allowed_name(line.tag());
    // A resumed training measures the same values again: the server has them already.
    const auto [found, fresh] = on_server.try_emplace(name, line.step);
    if (!fresh && line.step <= found->second) continue;
    found->second = line.step;
    items.push_back({{"key", name},
                     {"value", std::isfinite(line.value) ? Json(line.value) : Json("NaN")},
                     {"timestamp", line.time},
                     {"step", line.step}});
  }
  if (items.empty()) return;
  send_batches("metrics", items);
  on_server_ = std::move(on_server);
}

// In as many requests as it takes. What is sent twice, after a request that failed, the server has once: it knows a
// metric by name, step, time and value.
void MlflowRun::send_batches(const char* kind, const Json& items) const {
  const std::size_t most = std::string_view(kind) == "params" ? kMostParameters : kMostMetrics;
  Json batch = Json::array();
  std::size_t bytes = 0;
  const auto flush = [&] {
    if (!batch.empty()) ask("POST", "runs/log-batch", {{"run_id", run_}, {kind, batch}});
    batch = Json::array();
    bytes = 0;
  };
  for (const Json& item : items) {
    const std::size_t size = as_text(item).size() + 1;
    if (batch.size() == most || bytes + size > kMostRequestBody - 256) flush();
    batch.push_back(item);
    bytes += size;
  }
  flush();
}

// The fields of the answer; an empty object where the server says that something does not exist, or does already.
Json MlflowRun::ask(const std::string& method, const std::string& what, const Json& fields) const {
  HttpRequest request{.method = method, .address = options_.mlflow + "/api/2.0/mlflow/" + what};
  const std::string token = environment("MLFLOW_TRACKING_TOKEN"), user = environment("MLFLOW_TRACKING_USERNAME"),
                    password = environment("MLFLOW_TRACKING_PASSWORD");
  if (!token.empty())
    request.headers.push_back("Authorization: Bearer " + token);
  else if (!user.empty())
    request.user = user + ":" + password;
  if (!fields.is_null()) {
    request.headers.emplace_back("Content-Type: application/json");
    request.body = as_text(fields);
  }
  const HttpAnswer answer = genre::send(request);
  Json out = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  if (answer.status == 200 && out.is_object()) return out;
  const std::string code = text(out, "error_code");
  if (what.starts_with("experiments/") && (code == "RESOURCE_DOES_NOT_EXIST" || code == "RESOURCE_ALREADY_EXISTS"))
    return Json::object();
  std::string said = text(out, "message");
  // A server may repeat what it refused.
  for (const std::string& secret : {token, password})
    if (!secret.empty() && said.find(secret) != std::string::npos) said = "(a message with the credentials in it)";
  said = said.substr(0, std::min(said.find('\n'), std::size_t{200}));
  throw Error(ErrorCode::kDependency, what.substr(0, what.find('?')) + " was answered with " +
                                          std::to_string(answer.status) +
                                          (out.is_object() ? ": " + said : " and no JSON object"));
}

}  // namespace genre
