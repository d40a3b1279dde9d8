// Calibration (Steck, RecSys 2018): how far the kinds of items in a list are from those of the user's history.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/eval/metrics.h"
#include "genre/linalg/csr.h"

namespace genre {

inline constexpr double kCalibrationSmoothing = 0.01;  // alpha

// One value a query: KL(p || (1 - alpha) q + alpha p) in nats, p the mean over the history's items of their kinds (an
// item of n kinds is 1/n of each), q the same over the first k of the list. 0 is calibrated; the most is
// log(1 / alpha), 4.6. `kinds` is I x G, whatever the stored numbers are; items without a kind are left out. History q
// is items[offsets[q], offsets[q + 1]). NaN where history or list has no item with a kind.
std::vector<double> calibration(const Rankings& rankings, int k, std::span<const std::int64_t> history_offsets,
                                std::span<const std::int32_t> history, const CsrMatrix& kinds);

}  // namespace genre
