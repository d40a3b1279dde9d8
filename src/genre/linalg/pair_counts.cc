#include "genre/linalg/pair_counts.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "genre/linalg/kernels.h"

namespace genre {
namespace {

constexpr std::int64_t kLine = 512;                // bits of a cache line, and what bit columns are a multiple of
constexpr std::int64_t kColumnsPerAddition = 128;  // bits of a row added in the time of one entry
constexpr std::int64_t kBitsPerNonzero = 64;       // at most, before rows are spread

}  // namespace

PairCounts::PairCounts(const CsrMatrix& x) : cols_(x.cols), column_(x.cols), rank_(x.cols) {
  std::vector<std::int64_t> held(cols_);
  for (const std::int32_t column : x.indices) ++held[column];
  std::iota(column_.begin(), column_.end(), 0);
  std::stable_sort(column_.begin(), column_.end(), [&](auto a, auto b) { return held[a] > held[b]; });
  offsets_.assign(cols_ + 1, 0);
  for (std::int64_t r = 0; r < cols_; ++r) {
    rank_[column_[r]] = static_cast<std::int32_t>(r);
    offsets_[r + 1] = offsets_[r] + held[column_[r]];
  }
  std::vector<std::int64_t> next(offsets_.begin(), offsets_.end() - 1);
  rows_.resize(x.indices.size());
  for (std::int64_t row = 0; row < x.rows; ++row)
    for (const std::int32_t column : x.row_indices(row)) rows_[next[rank_[column]]++] = static_cast<std::int32_t>(row);

  choose_bits(x);
  tail_offsets_.assign(x.rows + 1, 0);
  for (std::int64_t n = offsets_[bit_columns_]; n < offsets_[cols_]; ++n) ++tail_offsets_[rows_[n] + 1];
  std::partial_sum(tail_offsets_.begin(), tail_offsets_.end(), tail_offsets_.begin());
  tails_.resize(tail_offsets_.back());
  next.assign(tail_offsets_.begin(), tail_offsets_.end() - 1);
  bits_.assign(x.rows * stride_, 0);
  for (std::int64_t r = 0; r < cols_; ++r) {
    for (const std::int32_t row : rows_of(r)) {
      if (r < bit_columns_)
        bits_[row * stride_ + r / 64] |= std::uint64_t{1} << (r % 64);
      else
        tails_[next[row]++] = static_cast<std::int32_t>(r);
    }
  }
}

// Each row is added once for each column that it holds, bits and tail.
void PairCounts::choose_bits(const CsrMatrix& x) {
  if (x.nonzeros() == 0) return;
  std::vector<double> additions(cols_ + 1);  // of entries whose rank is at least the index
  for (std::int64_t r = cols_ - 1; r >= 0; --r) {
    additions[r] = additions[r + 1];
    for (const std::int32_t row : rows_of(r)) additions[r] += static_cast<double>(x.offsets[row + 1] - x.offsets[row]);
  }
  const std::int64_t most = std::min((cols_ + kLine - 1) / kLine, kBitsPerNonzero * x.nonzeros() / (kLine * x.rows));
  double best = additions[0];
  std::int64_t lines = 0;
  for (std::int64_t n = 1; n <= most; ++n) {
    const double bits = static_cast<double>(x.nonzeros()) * static_cast<double>(n * kLine) / kColumnsPerAddition;
    const double cost = bits + additions[std::min(n * kLine, cols_)];
    if (cost < best) {
      best = cost;
      lines = n;
    }
  }
  bit_columns_ = std::min(lines * kLine, cols_);
  words_ = lines * kLine / 64;
  stride_ = words_ == 0 ? 0 : (lines | 1) * kLine / 64;  // an odd number of lines: rows spread over the sets of a cache
}

void PairCounts::row(std::int32_t column, std::span<float> counts) const {
  assert(static_cast<std::int64_t>(counts.size()) == cols_);
  const std::span<const std::int32_t> rows = rows_of(rank_[column]);
  thread_local std::vector<float> sums;  // by rank
  sums.resize(std::max(cols_, words_ * 64));
  linalg::kernels().bit_counts(bits_.data(), words_, stride_, rows.data(), static_cast<std::int64_t>(rows.size()),
                               sums.data());
  std::fill(sums.begin() + std::min(words_ * 64, cols_), sums.begin() + cols_, 0.0f);
  for (const std::int32_t row : rows)
    for (std::int64_t n = tail_offsets_[row]; n < tail_offsets_[row + 1]; ++n) sums[tails_[n]] += 1.0f;
  for (std::int64_t r = 0; r < cols_; ++r) counts[column_[r]] = sums[r];
}

}  // namespace genre
