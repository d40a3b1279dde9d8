#include "genre/linalg/least_squares.h"

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/linalg/kernels.h"

namespace genre {

using linalg::kernels;

void add_normal_product(ConstMatrixView b, std::span<const std::int32_t> rows, std::span<const float> constant,
                        std::span<const float> factor, std::span<const float> x, std::span<float> out) {
  assert((constant.empty() || constant.size() == rows.size()) && factor.size() == rows.size());
  assert(static_cast<std::int64_t>(x.size()) == b.cols() && x.size() == out.size());
  kernels().add_normal_product(b.data(), b.cols(), rows.data(), constant.empty() ? nullptr : constant.data(),
                               factor.data(), static_cast<std::int64_t>(rows.size()), x.data(), out.data(), b.cols());
}

// Rows are gathered in blocks, each times the root of its weight, into panels that serve as both operands.
void add_weighted_gram(ConstMatrixView b, std::span<const std::int32_t> rows, std::span<const float> weights,
                       std::span<float> a, std::vector<float>& scratch) {
  constexpr std::int64_t kBlock = 128;
  const linalg::Kernels& k = kernels();
  const std::int64_t width = b.cols(), nr = k.float_nr, panels = (width + nr - 1) / nr;
  assert(weights.size() == rows.size() && static_cast<std::int64_t>(a.size()) == width * width);
  scratch.resize(kBlock * panels * nr);
  for (std::size_t first = 0; first < rows.size(); first += kBlock) {
    const std::int64_t depth = static_cast<std::int64_t>(std::min<std::size_t>(kBlock, rows.size() - first));
    for (std::int64_t r = 0; r < depth; ++r)
      k.scale_into_panels(b.data() + rows[first + r] * width, std::sqrt(weights[first + r]), width, depth,
                          scratch.data() + r * nr);
    for (std::int64_t p = 0; p < panels; ++p) {
      const int cols = static_cast<int>(std::min(nr, width - p * nr));
      for (std::int64_t above = 0; above <= p; ++above) {
        const std::int64_t height = std::min(nr, width - above * nr);
        for (std::int64_t i = 0; i < height; i += k.float_mr) {
          float* const to = a.data() + (above * nr + i) * width + p * nr;
          k.float_tile(scratch.data() + above * depth * nr + i, 1, nr,
                       static_cast<int>(std::min<std::int64_t>(k.float_mr, height - i)), depth,
                       scratch.data() + p * depth * nr, to, width, cols, {nullptr, Activation::kNone, to});
        }
      }
    }
  }
}

void solve_spd(std::span<float> a, std::span<float> b) {
  assert(a.size() == b.size() * b.size());
  if (!kernels().solve_spd(a.data(), static_cast<std::int64_t>(b.size()), b.data()))
    throw Error(ErrorCode::kData, "a least-squares system is not positive definite", "raise the l2 penalty");
}

}  // namespace genre
