#include "genre/eval/calibration.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace genre {
namespace {

// A distribution over kinds that knows which entries it filled, so that G may be large.
class Distribution {
 public:
  explicit Distribution(std::int64_t kinds) : share_(kinds, 0) {}

  // False where no item has a kind.
  bool fill(std::span<const std::int32_t> items, const CsrMatrix& kinds) {
    for (const std::int32_t kind : filled_) share_[kind] = 0;
    filled_.clear();
    double with_kind = 0;
    for (const std::int32_t item : items) {
      const auto of_item = kinds.row_indices(item);
      if (of_item.empty()) continue;
      ++with_kind;
      for (const std::int32_t kind : of_item) {
        if (share_[kind] == 0) filled_.push_back(kind);
        share_[kind] += 1 / static_cast<double>(of_item.size());
      }
    }
    for (const std::int32_t kind : filled_) share_[kind] /= with_kind;
    return with_kind > 0;
  }

  double operator[](std::int32_t kind) const { return share_[kind]; }
  const std::vector<std::int32_t>& filled() const { return filled_; }

 private:
  std::vector<double> share_;
  std::vector<std::int32_t> filled_;
};

}  // namespace

std::vector<double> calibration(const Rankings& rankings, int k, std::span<const std::int64_t> history_offsets,
                                std::span<const std::int32_t> history, const CsrMatrix& kinds) {
  assert(k > 0 && static_cast<std::int64_t>(history_offsets.size()) == rankings.queries() + 1);
  std::vector<double> out(rankings.queries(), std::numeric_limits<double>::quiet_NaN());
  Distribution p(kinds.cols), q(kinds.cols);
  for (std::int64_t query = 0; query < rankings.queries(); ++query) {
    const auto list = rankings.list(query);
    const auto begin = history_offsets[query], end = history_offsets[query + 1];
    if (!p.fill(history.subspan(begin, end - begin), kinds)) continue;
    if (!q.fill(list.first(std::min<std::size_t>(k, list.size())), kinds)) continue;
    double sum = 0;
    for (const std::int32_t kind : p.filled())
      sum += p[kind] * std::log(p[kind] / ((1 - kCalibrationSmoothing) * q[kind] + kCalibrationSmoothing * p[kind]));
    out[query] = std::max(sum, 0.0);  // rounding
  }
  return out;
}

}  // namespace genre
