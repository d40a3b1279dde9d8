// Learning rates over the steps of a training, as factors of the configured one.
#pragma once

#include <cstdint>
#include <string>

#include "genre/config/fields.h"

namespace genre {

// Part of the [optimizer] table.
struct ScheduleOptions {
  // constant; linear and cosine: down towards `floor`, which a step after the last would have; inverse_sqrt: by the
  // root of the steps done; one_cycle: from 1/25 up through the warmup, then down, both along a cosine (Smith and Topin
  // 2018); plateau: by `plateau_factor` whenever the measured value has not improved `plateau_patience` times.
  std::string schedule = "linear";
  double warmup = 0.06;  // below 1: share of all steps, else steps; the rate rises linearly through them
  double floor = 0;      // the least factor
  double plateau_factor = 0.5;
  int plateau_patience = 2;
  void fields(config::Fields& f);
};

// How many of `total` steps are warmup.
std::int64_t warmup_steps(const ScheduleOptions& options, std::int64_t total);

// The factor of step 1, ..., total. A plateau schedule is constant here: Plateau knows the rest.
double schedule_factor(const ScheduleOptions& options, std::int64_t step, std::int64_t total);

// The factor of a plateau schedule, which follows what was measured; 1 under every other. Three numbers are its whole
// state.
class Plateau {
 public:
  explicit Plateau(const ScheduleOptions& options) : options_(options) {}
  // Higher is better; NaN counts as no improvement.
  void measured(double value);
  double factor() const { return factor_; }

  struct State {
    double best, factor;
    std::int64_t since_best;
  };
  State state() const { return {best_, factor_, since_best_}; }
  void restore(const State& state);

 private:
  ScheduleOptions options_;
  double best_ = -1e300, factor_ = 1;
  std::int64_t since_best_ = 0;
};

}  // namespace genre
