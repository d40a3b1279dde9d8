#include "genre/track/training_log.h"

#include <cassert>
#include <utility>

#include "genre/base/file.h"
#include "genre/base/interrupt.h"
#include "genre/base/log.h"
#include "genre/track/metric_lines.h"
#include "genre/track/model_card.h"
#include "genre/track/report.h"
#include "genre/track/training_report.h"

namespace genre {
namespace fs = std::filesystem;

TrainingLog::TrainingLog(RunFolder run, TrackOptions options) : run_(std::move(run)), options_(std::move(options)) {
  check_track_options(options_);
}

TrainingLog::~TrainingLog() {
  if (events_ && !finished_) write_last({});
}

void TrainingLog::start(TrainingSubject subject, std::int64_t step) {
  subject_ = std::move(subject);
  run_.forget_metrics_after(step);
  std::error_code absent;
  if (step == 0) fs::remove(run_.path() / "mlflow.json", absent);  // another training is another run there
  for (const MetricLine& line : MetricReader(run_.path() / "metrics.jsonl").next()) last_[line.tag()] = line.step;
  events_.emplace(run_.path(), step);
  if (!options_.mlflow.empty())
    mlflow_ = std::make_unique<MlflowRun>(run_, options_, flat_settings(subject_.configuration));
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

void TrainingLog::finish(const TrainingResult& result) {
  finished_ = true;
  write_last(result);
}

void TrainingLog::write_last(const std::optional<TrainingResult>& result) noexcept {
  const fs::path& folder = run_.path();
  try {
    const auto metrics = MetricReader(folder / "metrics.jsonl").next();
    const std::string name = run_.name();
    if (result && fs::is_directory(folder / "model"))
      write_file_atomic(folder / "model" / "README.md", model_card(name, subject_, metrics, *result, folder / "model"));
    const ReportFiles files = write_report(
        training_report(name, subject_, metrics, result, interrupted() ? "interrupted" : "failed"), folder);
    for (const auto& warning : files.warnings) log_warning(warning);
  } catch (const std::exception& error) {
    log_warning(std::string("the report of the training is not whole: ") + error.what());
  }
  if (mlflow_ == nullptr) return;
  mlflow_->close(result          ? MlflowRun::Status::kFinished
                 : interrupted() ? MlflowRun::Status::kKilled
                                 : MlflowRun::Status::kFailed);
}

}  // namespace genre
