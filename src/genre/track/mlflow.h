// A run on an MLflow server, over its REST interface 2.0 (mlflow.org/docs/latest/rest-api.html), fed by a thread of its
// own from the metrics.jsonl of a run folder: the training never waits for the server, and does not fail with it. What
// the server has not confirmed is sent again later: after half a minute, at the end, and by the next process that
// opens the run folder: RUN/mlflow.json names the run, and the server says what it has.
//
// Credentials come from MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "genre/track/metric_lines.h"
#include "genre/track/options.h"
#include "genre/track/run_folder.h"

namespace genre {

class MlflowRun {
 public:
  using Parameters = std::vector<std::pair<std::string, std::string>>;
  enum class Status { kFinished, kFailed, kKilled };

  // Goes on with the run of this server that the folder remembers, else makes one of the same name, with these
  // parameters.
  MlflowRun(const RunFolder& run, const TrackOptions& options, Parameters parameters);
  ~MlflowRun();  // as close(kFailed) unless closed
  MlflowRun(const MlflowRun&) = delete;
  MlflowRun& operator=(const MlflowRun&) = delete;

  // Sends what is left and the status; warns of what the server did not take. Returns soon after the first failure, at
  // the latest when the server has not answered for 20 seconds.
  void close(Status status);

 private:
  void work();             // the thread
  void send_new();         // all that the server does not have; throws Error
  void open_run();         // throws Error
  void send_parameters();  // throws Error
  void send(const std::vector<MetricLine>& lines);
  void send_batches(const char* kind, const nlohmann::json& items) const;
  nlohmann::json ask(const std::string& method, const std::string& what, const nlohmann::json& fields) const;

  std::filesystem::path folder_;
  std::string name_;
  TrackOptions options_;
  Parameters parameters_;
  std::string run_;                                             // its id; empty: not made yet
  bool opened_ = false;                                         // by this process
  bool has_parameters_ = false;                                 // on the server
  std::map<std::string, std::int64_t, std::less<>> on_server_;  // last step by metric
  MetricReader metrics_;
  std::vector<MetricLine> waiting_;  // read and not confirmed

  std::mutex mutex_;
  std::condition_variable wake_;
  bool closing_ = false;
  bool warned_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace genre
