#include "genre/rec/sequence_augmentation.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "genre/rec/history_pass.h"

namespace genre {
namespace {

constexpr std::array kAugmentations = {"crop", "mask", "reorder", "substitute", "insert"};

std::size_t share_of_events(std::size_t events, double share) {
  return std::max<std::size_t>(static_cast<std::size_t>(share * static_cast<double>(events)), 1);
}

// Where a stretch of `length` of so many events begins.
std::size_t stretch_begin(std::size_t events, std::size_t length, RandomStream& random) {
  return random.below(events - length + 1);
}

// Flags of `count` of so many events, each choice as likely as any other.
std::vector<std::uint8_t> drawn_events(std::size_t events, std::size_t count, RandomStream& random) {
  std::vector<std::uint8_t> out(events, 0);
  for (std::size_t n = 0; n < events && count > 0; ++n)
    if (random.below(events - n) < count) {
      out[n] = 1;
      --count;
    }
  return out;
}

}  // namespace

void AugmentationShares::fields(config::Fields& f) {
  const config::Range share{.minimum = 0, .maximum = 1};
  f.number("crop", crop, share, "of a history that is left");
  f.number("mask", mask, share, "of its events that are not shown");
  f.number("reorder", reorder, share, "of a history that is shuffled");
  f.number("substitute", substitute, share, "of its events that become a like item");
  f.number("insert", insert, share, "of its events before which a like item is put");
}

bool SequenceAugmentation::exists(const std::string& name) {
  return std::ranges::find(kAugmentations, name) != kAugmentations.end();
}

SequenceAugmentation::SequenceAugmentation(std::vector<std::string> names, const AugmentationShares& shares,
                                           CsrMatrix similar)
    : names_(std::move(names)), shares_(shares), similar_(std::move(similar)) {
  assert(!names_.empty() && std::ranges::all_of(names_, &SequenceAugmentation::exists));
}

void SequenceAugmentation::add_view(std::span<const std::int32_t> items, std::int64_t most, RandomStream& random,
                                    std::vector<std::int32_t>& out) const {
  const Items view = changed(items, random);
  out.insert(out.end(), view.end() - std::min(most, std::ssize(view)), view.end());
}

SequenceAugmentation::Items SequenceAugmentation::changed(std::span<const std::int32_t> items,
                                                          RandomStream& random) const {
  const std::string& name = names_[random.below(names_.size())];
  const std::size_t events = items.size();
  if (name == "substitute") return with_similar(items, shares_.substitute, /*in_place=*/true, random);
  if (name == "insert") return with_similar(items, shares_.insert, /*in_place=*/false, random);
  Items out(items.begin(), items.end());
  if (name == "mask") {
    const auto hidden = drawn_events(events, std::min(share_of_events(events, shares_.mask), events - 1), random);
    for (std::size_t n = 0; n < events; ++n)
      if (hidden[n] != 0) out[n] = ReadSequences::kMask;
    return out;
  }
  const std::size_t length = share_of_events(events, name == "crop" ? shares_.crop : shares_.reorder);
  const auto stretch = std::span(out).subspan(stretch_begin(events, length, random), length);
  if (name == "crop") return {stretch.begin(), stretch.end()};
  random.shuffle(stretch);
  return out;
}

SequenceAugmentation::Items SequenceAugmentation::with_similar(std::span<const std::int32_t> items, double share,
                                                               bool in_place, RandomStream& random) const {
  const auto chosen = drawn_events(items.size(), share_of_events(items.size(), share), random);
  Items out;
  for (std::size_t n = 0; n < items.size(); ++n) {
    const auto like = chosen[n] != 0 ? similar_.row_indices(items[n]) : std::span<const std::int32_t>();
    if (!like.empty()) out.push_back(like[random.below(like.size())]);
    if (like.empty() || !in_place) out.push_back(items[n]);
  }
  return out;
}

}  // namespace genre
