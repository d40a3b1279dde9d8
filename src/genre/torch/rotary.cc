#include "genre/torch/rotary.h"

#include <torch/torch.h>

namespace genre::trainer {

torch::Tensor rotate(const torch::Tensor& x, const torch::Tensor& positions, const std::vector<float>& frequencies) {
  const torch::Tensor angles =
      (positions.to(torch::kFloat32).unsqueeze(1) * torch::tensor(frequencies).to(positions.device())).unsqueeze(1);
  const torch::Tensor cosine = torch::cos(angles), sine = torch::sin(angles);
  const auto halves = x.chunk(2, 2);
  return torch::cat({halves[0] * cosine - halves[1] * sine, halves[1] * cosine + halves[0] * sine}, 2);
}

}  // namespace genre::trainer
