#include "genre/torch/straight_through.h"

#include <torch/torch.h>

#include <cassert>

namespace genre::trainer {
namespace {

class StraightThrough : public torch::autograd::Function<StraightThrough> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext*, const torch::Tensor&, const torch::Tensor& changed) {
    return changed;
  }
  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext*,
                                               const torch::autograd::tensor_list& gradients) {
    return {gradients[0], {}};
  }
};

}  // namespace

torch::Tensor straight_through(const torch::Tensor& x, const torch::Tensor& changed) {
  assert(x.sizes() == changed.sizes());
  return StraightThrough::apply(x, changed);
}

}  // namespace genre::trainer
