// The report of a training: what came out, curves by step, the settings.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "genre/track/metric_lines.h"
#include "genre/track/report.h"
#include "genre/track/training_subject.h"

namespace genre {

// `name` is that of the run; `end` is absent where the training was interrupted or failed, of which `why` says which.
// Curves of more than 500 steps are thinned (curve.h), and say so.
Report training_report(const std::string& name, const TrainingSubject& subject, std::span<const MetricLine> metrics,
                       const std::optional<TrainingResult>& end, const std::string& why = {});

}  // namespace genre
