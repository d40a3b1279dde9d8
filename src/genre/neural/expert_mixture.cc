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

void add_mixture(std::span<const float> vectors, std::span<const float> logits, std::span<float> out) {
  const auto width = std::ssize(out);
  const ShareOfLogit share(logits);
  for (std::size_t k = 0; k < logits.size(); ++k)
    add_scaled(share(logits[k]), vectors.data() + static_cast<std::int64_t>(k) * width, out.data(), width);
}

// With y = sum of s_k v_k: dv_k = s_k dy, and the gradient of logit k is s_k (dy . v_k - dy . y).
void mixture_backward(std::span<const float> d_out, std::span<const float> vectors, std::span<const float> logits,
                      std::span<float> d_vectors, std::span<float> d_logits) {
  const auto width = std::ssize(d_out);
  const ShareOfLogit share(logits);
  float along_mixture = 0;
  for (std::size_t k = 0; k < logits.size(); ++k)
    along_mixture += share(logits[k]) * dot(d_out.data(), vectors.data() + static_cast<std::int64_t>(k) * width, width);
  for (std::size_t k = 0; k < logits.size(); ++k) {
    const auto at = static_cast<std::int64_t>(k) * width;
    const float own = share(logits[k]);
    d_logits[k] = own * (dot(d_out.data(), vectors.data() + at, width) - along_mixture);
    for (std::int64_t d = 0; d < width; ++d) d_vectors[at + d] = own * d_out[d];
  }
}

}  // namespace genre::neural
