#include "genre/linalg/product_search.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "genre/linalg/gemm.h"
#include "genre/linalg/kernels.h"

namespace genre {
namespace {

using linalg::kCodePanel;

constexpr float kLargestCode = 127;
constexpr float kLargestNumber = 1e15f;  // beyond it, or where a number is none, a product might have no bounds
constexpr float kRounding = 0x1p-22f;    // twice the share by which a float's last digit is off, in either sum
constexpr float kLeastBound = std::numeric_limits<float>::lowest();

// Of a row in its panel, see kernels.h.
std::int64_t byte_of(std::int64_t row) { return 4 * (row % (kCodePanel / 4)) + row / (kCodePanel / 4); }

std::vector<ScoredIndex> multiplied(ConstMatrixView rows, std::span<const float> x, std::span<const float> offsets,
                                    std::span<const std::int32_t> wanted, int k) {
  std::vector<float> scores;
  for (const std::int32_t row : wanted) {
    const float score = dot(x.data(), rows.row(row).data(), rows.cols());
    scores.push_back(offsets.empty() ? score : score + offsets[row]);
  }
  std::vector<ScoredIndex> out = top_k(scores, k);  // ties by place, and places rise with indices
  for (ScoredIndex& one : out) one.index = wanted[one.index];
  return out;
}

}  // namespace

ProductSearch::ProductSearch(ConstMatrixView rows, std::vector<std::int32_t> left_out)
    : rows_(rows.rows()), depth_(rows.cols()), left_out_(std::move(left_out)) {
  const std::int64_t panels = (rows_ + kCodePanel - 1) / kCodePanel;
  codes_.assign(panels * depth_ * kCodePanel, 0);
  scale_.assign(panels * kCodePanel, 0.0f);
  slack_.assign(panels * kCodePanel, 0.0f);
  for (std::int64_t r = 0; r < rows_; ++r) {
    const auto row = rows.row(r);
    float largest = 0;
    bool bounded = true;
    for (const float x : row) {
      largest = std::max(largest, std::abs(x));
      bounded = bounded && std::abs(x) <= kLargestNumber;
    }
    if (!bounded) {
      unbounded_.push_back(static_cast<std::int32_t>(r));
      continue;
    }
    const float scale = largest / kLargestCode;
    std::int8_t* const codes = codes_.data() + r / kCodePanel * depth_ * kCodePanel + byte_of(r % kCodePanel);
    double missed = 0, squares = 0;
    for (std::int64_t d = 0; d < depth_; ++d) {
      const float code = scale > 0 ? std::clamp(std::nearbyint(row[d] / scale), -kLargestCode, kLargestCode) : 0.0f;
      codes[d * kCodePanel] = static_cast<std::int8_t>(code);
      const double off = row[d] - static_cast<double>(scale) * code;
      missed += off * off;
      squares += static_cast<double>(row[d]) * row[d];
    }
    scale_[r] = scale;
    slack_[r] = static_cast<float>(1.001 * (std::sqrt(missed) + kRounding * static_cast<double>(depth_ + 2) *
                                                                    (std::sqrt(squares) + std::sqrt(missed))));
    largest_slack_ = std::max(largest_slack_, slack_[r]);
  }
}

std::vector<ScoredIndex> ProductSearch::best(ConstMatrixView rows, std::span<const float> x,
                                             std::span<const float> offsets, const RankOptions& options) const {
  assert(rows.rows() == rows_ && rows.cols() == depth_ && std::ssize(x) == depth_);
  assert(offsets.empty() || std::ssize(offsets) == rows_);
  assert(options.eligible.empty() || std::ssize(options.eligible) == rows_);
  if (options.k <= 0) return {};
  const float norm = std::sqrt(dot(x.data(), x.data(), depth_));
  const bool bounded = norm <= kLargestNumber;
  const float length = bounded ? 1.001f * norm : 0.0f;
  thread_local std::vector<float> least;  // that a product can be; kMasked for rows that nobody asks for
  least.resize(scale_.size());
  if (bounded)
    linalg::kernels().coded_products(codes_.data(), std::ssize(scale_) / kCodePanel, depth_, x.data(), scale_.data(),
                                     slack_.data(), length, least.data());
  else
    std::ranges::fill(least, 0.0f);
  float largest_slack = length * largest_slack_;
  for (std::int64_t r = 0; r < std::ssize(offsets); ++r) {
    const float own = std::abs(offsets[r]) * kRounding;
    least[r] += offsets[r] - own;
    largest_slack = std::max(largest_slack, length * largest_slack_ + own);
  }
  const std::span<float> asked(least.data(), rows_);
  for (const std::int32_t row : unbounded_) asked[row] = kLeastBound;
  for (const auto rows_out : {std::span<const std::int32_t>(left_out_), options.exclude})
    for (const std::int32_t row : rows_out) asked[row] = kMasked;
  if (!options.eligible.empty())
    for (std::int64_t r = 0; r < rows_; ++r)
      if (options.eligible[r] == 0) asked[r] = kMasked;

  const std::vector<ScoredIndex> surely = bounded ? top_k(asked, options.k) : std::vector<ScoredIndex>();
  const float threshold = std::ssize(surely) < options.k ? kLeastBound : surely.back().score;
  const auto may_be = [&](std::int32_t row) {
    const float own = offsets.empty() ? 0.0f : std::abs(offsets[row]) * kRounding;
    return asked[row] > kLeastBound && asked[row] + 2 * (length * slack_[row] + own) >= threshold;
  };
  const float least_bound = std::max(kLeastBound, threshold - 2 * largest_slack);
  std::vector<std::int32_t> wanted = find_above(asked, std::nextafter(least_bound, kMasked));
  std::erase_if(wanted, [&](std::int32_t row) { return !may_be(row); });
  for (const std::int32_t row : unbounded_)
    if (asked[row] == kLeastBound) wanted.push_back(row);
  std::ranges::sort(wanted);
  return multiplied(rows, x, offsets, wanted, options.k);
}

}  // namespace genre
