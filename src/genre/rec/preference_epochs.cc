#include "genre/rec/preference_epochs.h"

#include <algorithm>

#include "genre/base/random.h"
#include "genre/base/thread_pool.h"
#include "genre/rec/absent_items.h"

namespace genre {

PreferenceEpochs::PreferenceEpochs(const CsrMatrix& interactions, std::uint64_t seed)
    : interactions_(interactions), seed_(seed) {
  preferences_.reserve(interactions.indices.size());
  for (std::int32_t user = 0; user < interactions.rows; ++user) {
    const auto history = interactions.row_indices(user);
    if (std::ssize(history) == interactions.cols) continue;
    for (const std::int32_t item : history) preferences_.push_back({user, item, 0});
  }
}

std::span<const neural::Preference> PreferenceEpochs::draw(int epoch) {
  constexpr std::size_t kPart = 4096;
  RandomStream order(seed_ + static_cast<std::uint64_t>(epoch), "order of preferences");
  order.shuffle(std::span(preferences_));
  const std::size_t parts = (preferences_.size() + kPart - 1) / kPart;
  global_pool().parallel_for(parts, 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t part = begin; part < end; ++part) {
      RandomStream random(seed_ + static_cast<std::uint64_t>(epoch) * parts + part, "items not chosen");
      const std::size_t first = part * kPart, last = std::min(first + kPart, preferences_.size());
      for (neural::Preference& one : std::span(preferences_).subspan(first, last - first)) {
        const auto history = interactions_.row_indices(one.user);
        one.other = absent_item(history, static_cast<std::int32_t>(random.below(interactions_.cols - history.size())));
      }
    }
  });
  return preferences_;
}

}  // namespace genre
