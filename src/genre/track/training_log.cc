#include "genre/track/training_log.h"

#include <cassert>
#include <utility>

#include "genre/base/interrupt.h"
#include "genre/track/metric_lines.h"

namespace genre {

TrainingLog::TrainingLog(RunFolder run, TrackOptions options) : run_(std::move(run)), options_(std::move(options)) {
  check_track_options(options_);
}

TrainingLog::~TrainingLog() {
  if (mlflow_ != nullptr) mlflow_->close(interrupted() ? MlflowRun::Status::kKilled : MlflowRun::Status::kFailed);
}

void TrainingLog::start(TrainingSubject subject, std::int64_t step) {
  subject_ = std::move(subject);
  run_.forget_metrics_after(step);
  for (const MetricLine& line : MetricReader(run_.path() / "metrics.jsonl").next()) last_[line.tag()] = line.step;
  events_.emplace(run_.path(), step);
  if (!options_.mlflow.empty())
    mlflow_ = std::make_unique<MlflowRun>(run_.path(), options_, flat_settings(subject_.configuration));
}

void TrainingLog::log(std::int64_t step, std::string_view split, std::string_view name, double value) {
  assert(events_);
  std::string tag = std::string(split) + "/" + std::string(name);
  const auto [found, fresh] = last_.try_emplace(tag, step);
  if (!fresh && step <= found->second) return;
  found->second = step;
  run_.log_metric(step, split, name, value);
  events_->add(step, tag, value);
}

void TrainingLog::finish(const TrainingResult&) {
  if (mlflow_ == nullptr) return;
  mlflow_->close(MlflowRun::Status::kFinished);
  mlflow_.reset();
}

}  // namespace genre
