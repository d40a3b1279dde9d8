#include "genre/rec/next_item_examples.h"

#include <algorithm>
#include <cassert>

namespace genre {
namespace {

constexpr double kLastAlone = 0.1;  // chance that the last event is the only one that is masked

}  // namespace

std::vector<HistoryPiece> history_pieces(const Sequences& sequences, std::int64_t events, std::int64_t stride) {
  std::vector<HistoryPiece> out;
  for (std::int64_t user = 0; user < sequences.users(); ++user) {
    const std::int64_t first = sequences.offsets[user];
    for (std::int64_t end = sequences.offsets[user + 1]; end - first > 1; end -= stride)
      out.push_back({std::max(first, end - events), end});
  }
  return out;
}

void NextItemExamples::clear() {
  ReadSequences::clear();
  wanted.clear();
}

void NextItemExamples::ask(std::int64_t token, std::int32_t item) {
  asked.push_back(static_cast<std::int32_t>(token));
  wanted.push_back(item);
}

void NextItemExamples::add_next(std::span<const std::int32_t> items) {
  assert(items.size() > 1);
  for (std::size_t n = 1; n < items.size(); ++n) {
    ask(std::ssize(read), items[n]);
    read.push_back(items[n - 1]);
  }
  offsets.push_back(std::ssize(read));
}

void NextItemExamples::add_masked(std::span<const std::int32_t> items, double mask_rate, RandomStream& random) {
  const std::int64_t first = offsets.back(), count = std::ssize(items);
  const auto mask = [&](std::int64_t n) {
    ask(first + n, items[n]);
    read[first + n] = kMask;
  };
  read.insert(read.end(), items.begin(), items.end());
  offsets.push_back(first + count);
  if (random.uniform() < kLastAlone) {
    mask(count - 1);
    return;
  }
  const std::size_t before = asked.size();
  for (std::int64_t n = 0; n < count; ++n)
    if (random.uniform() < mask_rate) mask(n);
  if (asked.size() == before) mask(static_cast<std::int64_t>(random.below(count)));
}

}  // namespace genre
