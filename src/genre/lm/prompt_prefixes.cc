#include "genre/lm/prompt_prefixes.h"

#include <algorithm>
#include <utility>

namespace genre {
namespace {

constexpr std::size_t kLatest = 16;

std::size_t in_common(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

}  // namespace

PromptPrefix PromptPrefixes::longest(std::span<const std::int32_t> prompt) {
  auto best = kept_.end();
  for (auto prefix = kept_.begin(); prefix != kept_.end(); ++prefix)
    if (prefix->ids.size() < prompt.size() && in_common(prefix->ids, prompt) == prefix->ids.size() &&
        (best == kept_.end() || prefix->ids.size() > best->ids.size()))
      best = prefix;
  if (best == kept_.end()) return {};
  kept_.splice(kept_.begin(), kept_, best);
  return kept_.front();
}

void PromptPrefixes::add(PromptPrefix prefix) {
  kept_.push_front(std::move(prefix));
  if (kept_.size() > kKept) kept_.pop_back();
}

std::size_t PromptPrefixes::worth_sharing(std::span<const std::int32_t> prompt, std::size_t known,
                                          std::span<const std::span<const std::int32_t>> others) const {
  if (prompt.empty()) return known;
  const std::size_t none = prompt.size();
  std::size_t shared = none;
  const auto consider = [&](std::span<const std::int32_t> other) {
    const std::size_t common = std::min(in_common(prompt, other), prompt.size() - 1);
    if (common >= known + kShortest) shared = std::min(shared, common);
  };
  std::ranges::for_each(others, consider);
  for (const auto& other : latest_) consider(other);
  return shared == none ? known : shared;
}

void PromptPrefixes::saw(std::span<const std::int32_t> prompt) {
  latest_.emplace_back(prompt.begin(), prompt.end());
  if (latest_.size() > kLatest) latest_.pop_front();
}

}  // namespace genre
