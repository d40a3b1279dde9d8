#include "genre/rec/updates.h"

#include <fmt/format.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/rec/rated_histories.h"
#include "genre/rec/sequences.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

void require_disjoint(std::string_view model, const CsrMatrix& before, const CsrMatrix& more) {
  if (before.rows != more.rows || before.cols != more.cols)
    throw Error(ErrorCode::kData,
                fmt::format("{} learnt from {} users x {} items, an update of {} x {} does not fit", model, before.rows,
                            before.cols, more.rows, more.cols),
                "number users and items to come from the start, or train again");
  for (std::int64_t user = 0; user < more.rows; ++user) {
    const auto known = before.row_indices(user);
    for (const std::int32_t item : more.row_indices(user))
      if (std::binary_search(known.begin(), known.end(), item))
        throw Error(
            ErrorCode::kData,
            fmt::format("{} has learnt of user {} and item {} before, an update cannot change it", model, user, item),
            "leave known pairs out, or train again");
  }
}

}  // namespace

void require_update(const Recommender& model, const TrainingData& before, const TrainingData& more) {
  require_fitted(model);
  if (before.interactions.cols != model.items())
    throw Error(ErrorCode::kData, fmt::format("{} has learnt of {} items, found {} in the data before the update",
                                              model.name(), model.items(), before.interactions.cols));
  require_disjoint(model.name(), before.interactions, more.interactions);
  require_aligned_times(before);
  require_aligned_times(more);
  const bool timed = !before.times.empty();
  if (!more.interactions.indices.empty() && timed == more.times.empty())
    throw Error(ErrorCode::kData, fmt::format("{} wants times before and in the update, or in neither", model.name()));
  if ((before.ratings == nullptr) != (more.ratings == nullptr))
    throw Error(ErrorCode::kData,
                fmt::format("{} wants ratings before and in the update, or in neither", model.name()));
  if (before.ratings != nullptr) require_disjoint(model.name(), *before.ratings, *more.ratings);
}

CsrMatrix sum_of(const CsrMatrix& a, const CsrMatrix& b) {
  CsrMatrix out;
  out.rows = a.rows;
  out.cols = a.cols;
  out.indices.reserve(a.indices.size() + b.indices.size());
  out.values.reserve(a.indices.size() + b.indices.size());
  for (std::int64_t r = 0; r < a.rows; ++r) {
    std::int64_t x = a.offsets[r], y = b.offsets[r];
    while (x < a.offsets[r + 1] || y < b.offsets[r + 1]) {
      const bool from_a = x < a.offsets[r + 1] && (y == b.offsets[r + 1] || a.indices[x] <= b.indices[y]);
      const bool from_b = y < b.offsets[r + 1] && (x == a.offsets[r + 1] || b.indices[y] <= a.indices[x]);
      out.indices.push_back(from_a ? a.indices[x] : b.indices[y]);
      out.values.push_back((from_a ? a.values[x] : 0) + (from_b ? b.values[y] : 0));
      x += from_a ? 1 : 0;
      y += from_b ? 1 : 0;
    }
    out.offsets.push_back(static_cast<std::int64_t>(out.indices.size()));
  }
  return out;
}

}  // namespace genre
