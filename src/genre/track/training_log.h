// What a training leaves to look at: metrics.jsonl, a TensorBoard event file, report.html, the card of its model, and a
// run on an MLflow server where the configuration names one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "genre/track/event_file.h"
#include "genre/track/mlflow.h"
#include "genre/track/options.h"
#include "genre/track/run_folder.h"
#include "genre/track/training_subject.h"

namespace genre {

class TrainingLog {
 public:
  // Throws Error(kConfig) for options that are wrong.
  TrainingLog(RunFolder run, TrackOptions options);
  // Without finish(): the training was interrupted, or failed, as its report says.
  ~TrainingLog();
  TrainingLog(const TrainingLog&) = delete;
  TrainingLog& operator=(const TrainingLog&) = delete;

  // The training starts, or goes on behind `step`: metrics of later steps are taken back. Throws Error(kResources).
  void start(TrainingSubject subject, std::int64_t step);

  // A value of step, once start() was called; one that a resumed training measures again is not repeated. Throws
  // Error(kResources); a tracking server that is away throws nothing.
  void log(std::int64_t step, std::string_view split, std::string_view name, double value);

  // The training is over and RUN/model written. What cannot be written then is warned of; the training is not lost.
  void finish(const TrainingResult& result);

 private:
  void write_last(const std::optional<TrainingResult>& result) noexcept;

  RunFolder run_;
  TrackOptions options_;
  TrainingSubject subject_;
  std::optional<EventFile> events_;
  std::unique_ptr<MlflowRun> mlflow_;
  std::map<std::string, std::int64_t> last_;  // step by tag
  bool finished_ = false;
};

}  // namespace genre
