#include "genre/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace genre {

void ScheduleOptions::fields(config::Fields& f) {
  f.choice("schedule", schedule, {"constant", "linear", "cosine", "inverse_sqrt", "one_cycle", "plateau"},
           "learning rate over the steps");
  f.number("warmup", warmup, {.minimum = 0}, "steps in which the rate rises to its full size; below 1: share of all");
  f.number("floor", floor, {.minimum = 0, .maximum = 1}, "least factor of the rate");
  f.number("plateau_factor", plateau_factor, {.minimum = 0.01, .maximum = 0.99}, "factor of the rate after a plateau");
  f.integer("plateau_patience", plateau_patience, {.minimum = 1}, "measurements without improvement before that");
}

std::int64_t warmup_steps(const ScheduleOptions& options, std::int64_t total) {
  const double steps = options.warmup < 1 ? options.warmup * static_cast<double>(total) : options.warmup;
  return std::min(total, static_cast<std::int64_t>(std::llround(steps)));
}

double schedule_factor(const ScheduleOptions& options, std::int64_t step, std::int64_t total) {
  const std::int64_t warmup = warmup_steps(options, total);
  if (step <= warmup) {
    const double risen = static_cast<double>(step) / static_cast<double>(warmup);
    if (options.schedule != "one_cycle") return risen;
    constexpr double kFirst = 1.0 / 25;
    return kFirst + (1 - kFirst) * (1 - std::cos(std::numbers::pi * risen)) / 2;
  }
  if (options.schedule == "constant" || options.schedule == "plateau") return 1;
  if (options.schedule == "inverse_sqrt")
    return std::max(options.floor,
                    std::sqrt(static_cast<double>(std::max<std::int64_t>(warmup, 1)) / static_cast<double>(step)));
  // 0 at the first step behind the warmup, 1 where another step after the last would be.
  const double done =
      static_cast<double>(step - 1 - warmup) / static_cast<double>(std::max<std::int64_t>(total - warmup, 1));
  const double falling = options.schedule == "linear" ? 1 - done : (1 + std::cos(std::numbers::pi * done)) / 2;
  return options.floor + (1 - options.floor) * std::max(0.0, falling);
}

void Plateau::measured(double value) {
  if (options_.schedule != "plateau") return;
  if (value > best_) {
    best_ = value;
    since_best_ = 0;
    return;
  }
  if (++since_best_ < options_.plateau_patience) return;
  factor_ = std::max(options_.floor, factor_ * options_.plateau_factor);
  since_best_ = 0;
}

void Plateau::restore(const State& state) {
  best_ = state.best;
  factor_ = state.factor;
  since_best_ = state.since_best;
}

}  // namespace genre
