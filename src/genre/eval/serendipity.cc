#include "genre/eval/serendipity.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace genre {

std::vector<double> serendipity(const Rankings& rankings, int k, const Judgements& judgements,
                                const Rankings& expected) {
  assert(k > 0);
  std::vector<double> out(rankings.queries(), std::numeric_limits<double>::quiet_NaN());
  const auto first = [k](std::span<const std::int32_t> list) {
    return list.first(std::min<std::size_t>(k, list.size()));
  };
  std::vector<std::int32_t> usual;
  for (std::int64_t q = 0; q < rankings.queries(); ++q) {
    const auto relevant = judgements.relevant(q);
    if (relevant.empty()) continue;
    const auto shown = first(expected.list(q));
    usual.assign(shown.begin(), shown.end());
    std::sort(usual.begin(), usual.end());
    int found = 0;
    for (const std::int32_t item : first(rankings.list(q)))
      if (std::binary_search(relevant.begin(), relevant.end(), item) &&
          !std::binary_search(usual.begin(), usual.end(), item))
        ++found;
    out[q] = static_cast<double>(found) / k;
  }
  return out;
}

}  // namespace genre
