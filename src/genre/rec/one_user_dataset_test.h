// A dataset of one user for tests that compare what a recommender reads with what is exported.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "genre/data/dataset.h"

namespace genre {

// Ann viewed items, of those named "a", "b", "c", ..., one after the other; all is liked and training.
inline Dataset one_user_dataset(int items, const std::vector<std::int32_t>& history) {
  Dataset out;
  std::vector<std::string> names;
  for (int i = 0; i < items; ++i) names.push_back(std::string(1, static_cast<char>('a' + i)));
  out.users = IdMap({"ann"});
  out.items = IdMap(std::move(names));
  out.has_time = true;
  out.types = {"view"};
  for (std::size_t n = 0; n < history.size(); ++n) {
    out.interactions.user.push_back(0);
    out.interactions.item.push_back(history[n]);
    out.interactions.value.push_back(1);
    out.interactions.weight.push_back(1);
    out.interactions.time.push_back(static_cast<std::int64_t>(n) * 1000);
    out.interactions.type.push_back(0);
    out.interactions.positive.push_back(1);
    out.interactions.part.push_back(static_cast<std::uint8_t>(Part::kTrain));
  }
  return out;
}

}  // namespace genre
