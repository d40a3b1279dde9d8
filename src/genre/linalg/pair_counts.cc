#include "genre/linalg/pair_counts.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <numeric>

#include "genre/linalg/kernels.h"

namespace genre {
namespace {

constexpr std::int64_t kWordsPerAddition = 4;  // words of two bit vectors compared in the time of one addition

}  // namespace

PairCounts::PairCounts(const CsrMatrix& x)
    : rows_(x.rows), cols_(x.cols), words_((x.rows + 63) / 64), rank_(x.cols), column_(x.cols), offsets_(x.offsets) {
  std::vector<std::int64_t> held(cols_);
  for (const std::int32_t column : x.indices) ++held[column];
  std::iota(column_.begin(), column_.end(), 0);
  std::stable_sort(column_.begin(), column_.end(), [&](auto a, auto b) { return held[a] > held[b]; });
  for (std::int64_t r = 0; r < cols_; ++r) rank_[column_[r]] = static_cast<std::int32_t>(r);

  entries_.resize(x.indices.size());
  for (std::size_t n = 0; n < entries_.size(); ++n) entries_[n] = rank_[x.indices[n]];
  for (std::int64_t r = 0; r < rows_; ++r)
    std::sort(entries_.begin() + offsets_[r], entries_.begin() + offsets_[r + 1]);

  tail_offsets_.assign(cols_ + 1, 0);
  for (std::int64_t r = 0; r < cols_; ++r) tail_offsets_[r + 1] = tail_offsets_[r] + held[column_[r]];
  std::vector<std::int64_t> next(tail_offsets_.begin(), tail_offsets_.end() - 1);
  tails_.resize(entries_.size());
  for (std::int64_t r = 0; r < rows_; ++r)
    for (std::int64_t n = offsets_[r]; n < offsets_[r + 1]; ++n)
      tails_[next[entries_[n]]++] = {static_cast<std::int32_t>(r), n + 1};
  fill_bits(x.nonzeros());
}

// As many bit vectors as take 8 bytes a nonzero.
void PairCounts::fill_bits(std::int64_t nonzeros) {
  if (words_ == 0) return;
  step_ = std::min(cols_, nonzeros / words_) / kLevels;
  bits_.assign(kLevels * step_ * words_, 0);
  starts_.resize(rows_ * (kLevels + 1));
  for (std::int64_t r = 0; r < rows_; ++r) {
    std::int64_t n = offsets_[r];
    for (int level = 0; level <= kLevels; ++level) {
      for (; n < offsets_[r + 1] && entries_[n] < level * step_; ++n)
        bits_[entries_[n] * words_ + r / 64] |= std::uint64_t{1} << (r % 64);
      starts_[r * (kLevels + 1) + level] = n;
    }
  }
}

void PairCounts::row(std::int32_t column, std::span<float> counts) const { count(column, /*half=*/false, counts); }
void PairCounts::half_row(std::int32_t column, std::span<float> counts) const { count(column, /*half=*/true, counts); }

void PairCounts::count(std::int32_t column, bool half, std::span<float> counts) const {
  assert(static_cast<std::int64_t>(counts.size()) == cols_);
  const std::int64_t rank = rank_[column];
  const std::span<const Tail> tails(tails_.data() + tail_offsets_[rank],
                                    static_cast<std::size_t>(tail_offsets_[rank + 1] - tail_offsets_[rank]));
  thread_local std::vector<float> sums;  // by rank
  sums.assign(cols_, 0.0f);

  // The level where bits and additions together cost least. A half row needs no more than what comes after the column.
  const std::int64_t first = half ? rank + 1 : 0;
  int best_level = 0;
  if (rank < kLevels * step_) {
    std::array<std::int64_t, kLevels + 1> additions = {};
    for (const Tail& tail : tails)
      for (int level = 0; level <= kLevels; ++level)
        additions[level] += offsets_[tail.row + 1] -
                            std::max(starts_[tail.row * (kLevels + 1) + level], half ? tail.begin : std::int64_t{0});
    std::int64_t best_cost = kWordsPerAddition * additions[0];
    for (int level = 1; level <= kLevels; ++level) {
      const std::int64_t cost =
          kWordsPerAddition * additions[level] + words_ * std::max<std::int64_t>(level * step_ - first, 0);
      if (cost < best_cost) {
        best_cost = cost;
        best_level = level;
      }
    }
  }
  const std::int64_t cut = best_level * step_;
  if (cut > first)
    linalg::kernels().shared_bits(bits_.data() + rank * words_, bits_.data() + first * words_, words_, cut - first,
                                  sums.data() + first);
  for (const Tail& tail : tails) {
    std::int64_t begin = best_level > 0 ? starts_[tail.row * (kLevels + 1) + best_level] : offsets_[tail.row];
    if (half) begin = std::max(begin, tail.begin);
    const std::int32_t* const entries = entries_.data();
    for (std::int64_t n = begin, end = offsets_[tail.row + 1]; n < end; ++n) sums[entries[n]] += 1.0f;
  }
  if (half) {
    for (std::int64_t r = first; r < cols_; ++r) counts[column_[r]] = sums[r];
    counts[column] = static_cast<float>(tails.size());
  } else {
    for (std::int64_t r = 0; r < cols_; ++r) counts[column_[r]] = sums[r];
  }
}

}  // namespace genre
