#include "genre/eval/exposure.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/base/not_a_number.h"

namespace genre {

std::vector<GroupExposure> group_exposure(const Rankings& rankings, int k, const Judgements& judgements,
                                          const CsrMatrix& groups) {
  assert(k > 0);
  const std::size_t none = groups.cols;
  const auto add = [&](std::vector<double>& to, std::int32_t item, double amount) {
    const auto of_item = groups.row_indices(item);
    if (of_item.empty()) to[none] += amount;
    for (const std::int32_t group : of_item) to[group] += amount / static_cast<double>(of_item.size());
  };
  std::vector<double> discount(k);
  for (int r = 0; r < k; ++r) discount[r] = 1 / std::log2(r + 2.0);

  std::vector<double> items(none + 1, 0), exposure(none + 1, 0), relevance(none + 1, 0);
  for (std::int64_t item = 0; item < groups.rows; ++item)
    add(items, static_cast<std::int32_t>(item), 1 / static_cast<double>(groups.rows));
  double users = 0;
  for (std::int64_t q = 0; q < rankings.queries(); ++q) {
    const auto whole = rankings.list(q), relevant = judgements.relevant(q);
    if (whole.empty() || relevant.empty()) continue;
    ++users;
    const auto list = whole.first(std::min<std::size_t>(k, whole.size()));
    double all = 0;
    for (std::size_t r = 0; r < list.size(); ++r) all += discount[r];
    for (std::size_t r = 0; r < list.size(); ++r) add(exposure, list[r], discount[r] / all);
    for (const std::int32_t item : relevant) add(relevance, item, 1 / static_cast<double>(relevant.size()));
  }
  std::vector<GroupExposure> out;
  for (std::size_t g = 0; g <= none; ++g) {
    const double shown = users > 0 ? exposure[g] / users : kNan, wanted = users > 0 ? relevance[g] / users : kNan;
    out.push_back({items[g], shown, wanted, wanted > 0 ? shown / wanted : kNan});
  }
  return out;
}

}  // namespace genre
