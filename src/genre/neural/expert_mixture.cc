#include "genre/neural/expert_mixture.h"

#include <algorithm>
#include <cmath>

#include "genre/linalg/gemm.h"

namespace genre::neural {
namespace {

class ShareOfLogit {
 public:
  explicit ShareOfLogit(std::span<const float> logits) : largest_(std::ranges::max(logits)) {
    for (const float one : logits) sum_ += std::exp(one - largest_);
  }
  float operator()(float logit) const { return std::exp(logit - largest_) / sum_; }

 private:
  float largest_, sum_ = 0;
};

}  // namespace

void add_mixture(std::span<const float> row, int experts, std::span<float> out) {
  const auto width = std::ssize(out);
  const auto logits = row.subspan(experts * width);
  const ShareOfLogit share(logits);
  for (int k = 0; k < experts; ++k) add_scaled(share(logits[k]), row.data() + k * width, out.data(), width);
}

// With y = sum of s_k v_k: dv_k = s_k dy, and the gradient of logit k is s_k (dy . v_k - dy . y).
void mixture_backward(std::span<const float> d_out, int experts, std::span<float> row) {
  const auto width = std::ssize(d_out);
  const auto logits = row.subspan(experts * width);
  const ShareOfLogit share(logits);
  float along_mixture = 0;
  for (int k = 0; k < experts; ++k)
    along_mixture += share(logits[k]) * dot(d_out.data(), row.data() + k * width, width);
  for (int k = 0; k < experts; ++k) {
    float* const vector = row.data() + k * width;
    const float own = share(logits[k]);
    logits[k] = own * (dot(d_out.data(), vector, width) - along_mixture);
    for (std::int64_t d = 0; d < width; ++d) vector[d] = own * d_out[d];
  }
}

}  // namespace genre::neural
